package hpack_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"onwire/greeter/frames/hpack"
	"onwire/wire"

	"github.com/google/go-cmp/cmp"
	xhpack "golang.org/x/net/http2/hpack"
	"pgregory.net/rapid"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines writes a list of representations, one a line, as the tests below want
// them: the kind, the index, Huffman, the field.
func lines(reps []hpack.Representation) string {
	var b strings.Builder
	for _, r := range reps {
		huff := ""
		if r.NameAt.Huffman {
			huff += " nameH"
		}
		if r.ValueAt.Huffman {
			huff += " valueH"
		}
		fmt.Fprintf(&b, "%v %d%s %s=%s\n", r.Kind, r.Index, huff, r.Name, r.Value)
	}
	return b.String()
}

// TestAppendixC reads the examples of RFC 7541 appendix C: those of one letter
// are one connection. Size is that of the dynamic table after each block.
func TestAppendixC(t *testing.T) {
	type block struct {
		hex  string
		want string
		size int
	}
	for _, tt := range []struct {
		name   string
		table  int
		blocks []block
	}{
		{"C.2.1", 4096, []block{{"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", "incremental 0 custom-key=custom-header\n", 55}}},
		{"C.2.2", 4096, []block{{"040c 2f73 616d 706c 652f 7061 7468", "without 4 :path=/sample/path\n", 0}}},
		{"C.2.3", 4096, []block{{"1008 7061 7373 776f 7264 0673 6563 7265 74", "never 0 password=secret\n", 0}}},
		{"C.2.4", 4096, []block{{"82", "indexed 2 :method=GET\n", 0}}},
		{"C.3", 4096, []block{
			{"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", "indexed 2 :method=GET\nindexed 6 :scheme=http\nindexed 4 :path=/\nincremental 1 :authority=www.example.com\n", 57},
			{"8286 84be 5808 6e6f 2d63 6163 6865", "indexed 2 :method=GET\nindexed 6 :scheme=http\nindexed 4 :path=/\nindexed 62 :authority=www.example.com\nincremental 24 cache-control=no-cache\n", 110},
			{"8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", "indexed 2 :method=GET\nindexed 7 :scheme=https\nindexed 5 :path=/index.html\nindexed 63 :authority=www.example.com\nincremental 0 custom-key=custom-value\n", 164},
		}},
		{"C.4", 4096, []block{
			{"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "indexed 2 :method=GET\nindexed 6 :scheme=http\nindexed 4 :path=/\nincremental 1 valueH :authority=www.example.com\n", 57},
			{"8286 84be 5886 a8eb 1064 9cbf", "indexed 2 :method=GET\nindexed 6 :scheme=http\nindexed 4 :path=/\nindexed 62 :authority=www.example.com\nincremental 24 valueH cache-control=no-cache\n", 110},
			{"8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", "indexed 2 :method=GET\nindexed 7 :scheme=https\nindexed 5 :path=/index.html\nindexed 63 :authority=www.example.com\nincremental 0 nameH valueH custom-key=custom-value\n", 164},
		}},
		{"C.5", 256, []block{
			{"4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
				"incremental 8 :status=302\nincremental 24 cache-control=private\nincremental 33 date=Mon, 21 Oct 2013 20:13:21 GMT\nincremental 46 location=https://www.example.com\n", 222},
			{"4803 3330 37c1 c0bf", "incremental 8 :status=307\nindexed 65 cache-control=private\nindexed 64 date=Mon, 21 Oct 2013 20:13:21 GMT\nindexed 63 location=https://www.example.com\n", 222},
			{"88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
				"indexed 8 :status=200\nindexed 65 cache-control=private\nincremental 33 date=Mon, 21 Oct 2013 20:13:22 GMT\nindexed 64 location=https://www.example.com\nincremental 26 content-encoding=gzip\nincremental 55 set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\n", 215},
		}},
		{"C.6", 256, []block{
			{"4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
				"incremental 8 valueH :status=302\nincremental 24 valueH cache-control=private\nincremental 33 valueH date=Mon, 21 Oct 2013 20:13:21 GMT\nincremental 46 valueH location=https://www.example.com\n", 222},
			{"4883 640e ffc1 c0bf", "incremental 8 valueH :status=307\nindexed 65 cache-control=private\nindexed 64 date=Mon, 21 Oct 2013 20:13:21 GMT\nindexed 63 location=https://www.example.com\n", 222},
			{"88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
				"indexed 8 :status=200\nindexed 65 cache-control=private\nincremental 33 valueH date=Mon, 21 Oct 2013 20:13:22 GMT\nindexed 64 location=https://www.example.com\nincremental 26 valueH content-encoding=gzip\nincremental 55 valueH set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\n", 215},
		}},
	} {
		d := hpack.NewDecoder(1 << 16)
		if tt.table != 4096 { // the examples take the size as agreed on; a size update sets it
			update := append([]byte{0x3f}, byte(tt.table-31)&0x7f|0x80, byte((tt.table-31)>>7))
			if _, err := d.Decode(nil, update); err != nil {
				t.Fatal(err)
			}
		}
		for i, b := range tt.blocks {
			data := unhex(t, b.hex)
			reps, err := d.Decode(nil, data)
			if err != nil {
				t.Fatalf("%s block %d: %v", tt.name, i+1, err)
			}
			if diff := cmp.Diff(b.want, lines(reps)); diff != "" {
				t.Errorf("%s block %d (-want +got):\n%s", tt.name, i+1, diff)
			}
			if size, _ := d.TableSize(); size != b.size {
				t.Errorf("%s block %d: the table has %d bytes, want %d", tt.name, i+1, size, b.size)
			}
			if err := wire.Check(hpack.Dissect(data, reps), 8*len(data)); err != nil {
				t.Errorf("%s block %d: %v", tt.name, i+1, err)
			}
		}
	}
}

// TestIntegers reads the three integers of RFC 7541 C.1, as size updates and
// as an index prefix is 5 bits in the first two.
func TestIntegers(t *testing.T) {
	for _, tt := range []struct {
		hex  string
		want int
	}{
		{"2a", 10},       // C.1.1
		{"3f9a0a", 1337}, // C.1.2
		{"3f00", 31},
		{"3f8000", 31}, // longer than need be
	} {
		reps, err := hpack.NewDecoder(1<<16).Decode(nil, unhex(t, tt.hex))
		if err != nil || len(reps) != 1 || reps[0].Index != tt.want {
			t.Errorf("%s: %v, %v; want %d", tt.hex, reps, err, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		hex    string
		offset int
		want   error
		text   string
	}{
		{"80", 0, hpack.ErrIndex, "index 0: the tables begin at 1"},
		{"be", 0, hpack.ErrIndex, "index 62: the static table ends at 61, the dynamic table has 0 more"},
		{"82ff", 2, hpack.ErrTruncated, "inside an integer"},
		{"ffffffffffff0f", 5, hpack.ErrInteger, "more than 2147483647"},
		{"ff8080808010", 5, hpack.ErrInteger, "more than 2147483647"}, // 2^32+127: 127 in 32 bits
		{"ff808080808000", 6, hpack.ErrInteger, "more than 6 bytes"},
		{"40", 1, hpack.ErrTruncated, "inside an integer"},
		{"4003616263", 5, hpack.ErrTruncated, "inside an integer"},
		{"400561", 1, hpack.ErrTruncated, "a string of 5 bytes, 1 are left"},
		{"4181ff", 2, hpack.ErrHuffman, "8 bits of padding"},
		{"418100", 2, hpack.ErrHuffman, "not the first bits of EOS"},
		{"4184ffffffff", 2, hpack.ErrHuffman, "EOS"},
		{"3fe21f", 0, hpack.ErrSize, "a size update to 4097: 4096 is allowed"},
		{"8220", 1, hpack.ErrSize, "behind a field"},
		{"202020", 2, hpack.ErrSize, "a third"},
	} {
		data := unhex(t, tt.hex)
		reps, err := hpack.NewDecoder(1<<16).Decode(nil, data)
		var e *hpack.Error
		if !errors.As(err, &e) || !errors.Is(err, tt.want) || e.Offset != tt.offset || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, want byte %d, %q", tt.hex, err, tt.offset, tt.text)
		}
		if err := wire.Check(hpack.Dissect(data, reps), 8*len(data)); err != nil {
			t.Errorf("%s: %v", tt.hex, err)
		}
	}
}

func TestLimits(t *testing.T) {
	d := hpack.NewDecoder(100)
	if _, err := d.Decode(nil, unhex(t, "8286 84")); !errors.Is(err, hpack.ErrLimit) {
		t.Errorf("three fields of 42, 43 and 38 bytes pass a limit of 100: %v", err)
	}
	d = hpack.NewDecoder(1 << 16)
	d.SetLimit(100)
	if _, err := d.Decode(nil, unhex(t, "82")); !errors.Is(err, hpack.ErrSize) {
		t.Errorf("the limit fell and no size update came: %v", err)
	}
	d = hpack.NewDecoder(1 << 16)
	d.SetLimit(100)
	if _, err := d.Decode(nil, unhex(t, "3f45 82")); err != nil {
		t.Errorf("a size update to 100: %v", err)
	}
}

// TestTableGoesRound adds and evicts far more entries than fit.
func TestTableGoesRound(t *testing.T) {
	d := hpack.NewDecoder(1 << 16)
	for i := range 1000 {
		block := []byte{0x40, 4, 'k', 'e', 'y', 's', 4, '0' + byte(i/1000), '0' + byte(i/100%10), '0' + byte(i/10%10), '0' + byte(i%10)}
		if _, err := d.Decode(nil, block); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.Entries(); n != 4096/40 {
		t.Errorf("%d entries of 40 bytes are in 4096", n)
	}
	reps, err := d.Decode(nil, []byte{0x80 | 62, 0x80 | 63, 0xff, 0x24}) // newest, next, 163 = the oldest
	if err != nil {
		t.Fatal(err)
	}
	if got := reps[0].Value + reps[1].Value + reps[2].Value; got != "099909980898" {
		t.Errorf("the newest, the next and the oldest are %s", got)
	}
}

// TestStaticTable compares all entries with another implementation's.
func TestStaticTable(t *testing.T) {
	for i := byte(1); i <= 61; i++ {
		want, err := xhpack.NewDecoder(4096, nil).DecodeFull([]byte{0x80 | i})
		if err != nil {
			t.Fatal(err)
		}
		got, err := hpack.NewDecoder(1<<16).Decode(nil, []byte{0x80 | i})
		if err != nil || got[0].Name != want[0].Name || got[0].Value != want[0].Value || !got[0].Static() {
			t.Errorf("%d: %v, %v; want %v", i, got, err, want)
		}
	}
}

// TestHuffman decodes what another implementation encodes: every byte alone,
// and random strings.
func TestHuffman(t *testing.T) {
	check := func(s string) error {
		code := xhpack.AppendHuffmanString(nil, s)
		block := []byte{0x00, 0x01, 'n', 0x80 | 0x7f}
		if len(code) < 127 {
			block[3] = 0x80 | byte(len(code))
		} else {
			n := len(code) - 127
			for ; n > 127; n >>= 7 {
				block = append(block, byte(n)|0x80)
			}
			block = append(block, byte(n))
		}
		block = append(block, code...)
		reps, err := hpack.NewDecoder(1<<20).Decode(nil, block)
		if err != nil || reps[0].Value != s {
			return fmt.Errorf("%q: %v, %v", s, reps, err)
		}
		return wire.Check(hpack.Dissect(block, reps), 8*len(block))
	}
	for i := range 256 {
		if err := check(string([]byte{byte(i)})); err != nil {
			t.Error(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if err := check(string(rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "text"))); err != nil {
			t.Fatal(err)
		}
	})
}

// TestManyBlocks decodes long connections of another implementation's encoder:
// the tables must stay the same.
func TestManyBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var buf bytes.Buffer
	enc := xhpack.NewEncoder(&buf)
	d := hpack.NewDecoder(1 << 20)
	var reps []hpack.Representation
	for range 3000 {
		if r.IntN(20) == 0 {
			enc.SetMaxDynamicTableSize(uint32(r.IntN(4097)))
		}
		buf.Reset()
		var want []string
		for range r.IntN(12) {
			f := xhpack.HeaderField{Name: fmt.Sprintf("name-%d", r.IntN(40)), Value: strings.Repeat("v", r.IntN(90)), Sensitive: r.IntN(9) == 0}
			if err := enc.WriteField(f); err != nil {
				t.Fatal(err)
			}
			want = append(want, f.Name+"="+f.Value)
		}
		var err error
		if reps, err = d.Decode(reps[:0], buf.Bytes()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, rep := range reps {
			if rep.Kind != hpack.SizeUpdate {
				got = append(got, rep.Name+"="+rep.Value)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if err := wire.Check(hpack.Dissect(buf.Bytes(), reps), 8*buf.Len()); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzDecode gives two blocks of one connection to this decoder and to
// another. They must agree, but where we are stricter: on size updates, and on
// integers beyond any use.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "82868441 8cf1e3c2e5f23a6ba0ab90f4ff", "400a637573746f6d2d6b65790d637573746f6d2d686561646572", "3fe11f82", "ffffffffff0f", "4184ffffffff", "1008", "0181ff00", "be", "88c0"} {
		f.Add(unhex(f, s), unhex(f, "be bf 8241 8a089d5c0b8170dc79e79e"))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		ours := hpack.NewDecoder(1 << 20)
		theirs := xhpack.NewDecoder(4096, nil)
		theirs.SetAllowedMaxDynamicTableSize(4096)
		for _, block := range [][]byte{one, two} {
			reps, err := ours.Decode(nil, block)
			if err := wire.Check(hpack.Dissect(block, reps), 8*len(block)); err != nil {
				t.Fatalf("%x: %v", block, err)
			}
			if len(reps) > len(block) {
				t.Fatalf("%d representations of %d bytes", len(reps), len(block))
			}
			want, theirErr := theirs.DecodeFull(block)
			if err != nil {
				if theirErr == nil && !errors.Is(err, hpack.ErrSize) && !errors.Is(err, hpack.ErrInteger) && !errors.Is(err, hpack.ErrLimit) {
					t.Fatalf("%x: we say %v, they decode %v", block, err, want)
				}
				return
			}
			if theirErr != nil {
				t.Fatalf("%x: we decode %v, they say %v", block, reps, theirErr)
			}
			i := 0
			for _, r := range reps {
				if r.Kind == hpack.SizeUpdate {
					continue
				}
				if i >= len(want) || r.Name != want[i].Name || r.Value != want[i].Value || (r.Kind == hpack.Never) != want[i].Sensitive {
					t.Fatalf("%x: field %d is %v, they have %v", block, i, r, want)
				}
				i++
			}
			if i != len(want) {
				t.Fatalf("%x: %d fields, they have %v", block, i, want)
			}
		}
	})
}

// The second call of a client: eight bytes, all from the tables.
func BenchmarkDecodeIndexed(b *testing.B) {
	d := hpack.NewDecoder(1 << 16)
	block := []byte{0x82, 0x86, 0x84, 0x87, 0x90, 0x88, 0x8d, 0x83}
	var reps []hpack.Representation
	b.ReportAllocs()
	for b.Loop() {
		reps, _ = d.Decode(reps[:0], block)
	}
}

func BenchmarkDecodeHuffman(b *testing.B) {
	d := hpack.NewDecoder(1 << 16)
	block := unhex(b, "0096d07abe941054d444a8200595040b8166e082a62d1bff")
	block = append([]byte{0x00, 0x01, 'n'}, block[1:]...)
	var reps []hpack.Representation
	var err error
	b.ReportAllocs()
	for b.Loop() {
		if reps, err = d.Decode(reps[:0], block); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNames: the name of a representation says what it is made of.
func TestNames(t *testing.T) {
	block := unhex(t, "83 4481 07 4001 6101 62 be 7e01 63 0f0f 0164 1001 6501 66")
	reps, err := hpack.NewDecoder(1<<16).Decode(nil, block)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range hpack.Dissect(block, reps) {
		got = append(got, f.Name+": "+f.Value)
	}
	if d := cmp.Diff([]string{
		"Indexed, static 3: :method: POST",
		"Literal with Incremental Indexing, static 4, Huffman: :path: 0",
		"Literal with Incremental Indexing, new name: a: b",
		"Indexed, dynamic 62: a: b",
		"Literal with Incremental Indexing, dynamic 62: a: c",
		"Literal without Indexing, static 30: content-range: d",
		"Literal Never Indexed, new name: e: f",
	}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
