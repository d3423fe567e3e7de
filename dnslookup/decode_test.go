package dnslookup_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onwire/dnslookup"
	"onwire/wire"

	"github.com/miekg/dns"
)

// A reply with two compression pointers, as RFC 1035 4.1.4 has them.
var reply = unhex("1234 8580 0001 0002 0000 0000" + // header
	"03777777 076578616d706c65 02636e 00 0001 0001" + // www.example.cn A
	"c00c 0005 0001 00000258 0006 03777732 c010" + // CNAME ww2.example.cn
	"c02c 0001 0001 0000012c 0004 c0000201") // A 192.0.2.1

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	m, err := dnslookup.Decode(reply)
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != 0x1234 || !m.Response || !m.Authoritative || m.Truncated || !m.RecursionDesired || !m.RecursionAvailable {
		t.Errorf("the header is %+v", m)
	}
	if len(m.Answer) != 2 || m.Answer[0].Data != "ww2.example.cn." || m.Answer[1].Addr != netip.MustParseAddr("192.0.2.1") || m.Answer[1].Name != "ww2.example.cn." {
		t.Errorf("the answer is %+v", m.Answer)
	}
	if err := wire.Check(m.Fields, 8*len(reply)); err != nil {
		t.Error(err)
	}
	pointer := find(m.Fields, "Pointer")
	if pointer == nil || pointer.Value != "to octet 12: www.example.cn." || pointer.Bits != 16 {
		t.Errorf("the first pointer is %+v", pointer)
	}
}

// find returns the first field of a name, in the order of the message.
func find(fields []wire.Field, name string) *wire.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
		if f := find(fields[i].Fields, name); f != nil {
			return f
		}
	}
	return nil
}

const header1 = "0000 8000 0001 0000 0000 0000"

// TestDecodeBroken holds the offset and the reason for every way in which a
// message can be wrong.
func TestDecodeBroken(t *testing.T) {
	const answer1 = "0000 8000 0000 0001 0000 0000"
	for _, tt := range []struct {
		name, msg string
		offset    int
		reason    string
	}{
		{"empty", "", 0, "header needs 12 octets"},
		{"half a header", "0000 8000 00", 0, "ends after 5"},
		{"pointer to itself", header1 + "c00c 0001 0001", 12, "not before it"},
		{"pointer forward", header1 + "c010 0001 0001 00", 12, "not before it"},
		{"pointers to each other", header1 + "c00e c00c 0001", 12, "not before it"},
		{"pointer into its own labels", header1 + "0161 c00c 0001 0001", 12, "not before it"},
		{"pointer into the header", header1 + "c002 0001 0001", 12, "into the header"},
		{"pointer cut off", header1 + "c0", 12, "cut off"},
		{"label type 01", header1 + "41 00 0001 0001", 12, "0x41"},
		{"label type 10", header1 + "80 00 0001 0001", 12, "0x80"},
		{"label past the end", header1 + "0561", 12, "past the end"},
		{"name of 320 octets", header1 + strings.Repeat("3f"+strings.Repeat("61", 63), 5) + "00 0001 0001", 12, "longer than 255"},
		{"no root", header1 + "0161", 12, "runs past the end"},
		{"five answers announced, none there", "0000 8000 0000 0005 0000 0000", 12, "announces 5 for Answer, and 0 are there"},
		{"trailing octets", "0000 8000 0000 0000 0000 0000 ffff", 12, "2 octets follow"},
		{"A of three octets", answer1 + "00 0001 0001 00000000 0003 c00002", 12, "Address needs 4"},
		{"A of five octets", answer1 + "00 0001 0001 00000000 0005 c000020100", 12, "take only 4"},
		{"AAAA of fifteen octets", answer1 + "00 001c 0001 00000000 000f 20010db8000000000000000000000", 12, ""},
		{"data past the end", answer1 + "00 0001 0001 00000000 0004 c000", 12, "A data needs 4"},
		{"name past its data", answer1 + "00 0005 0001 00000000 0002 0361 6161 00", 12, "past the end"},
		{"TXT past its data", answer1 + "00 0010 0001 00000000 0002 0561", 12, "Text needs 6"},
		{"two OPT records", "0000 8000 0000 0000 0000 0002 00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000", 23, "second OPT"},
		{"bit map windows out of order", answer1 + "00 002f 0001 00000000 0007 00 010101 000101", 12, "breaks RFC 4034"},
	} {
		raw := strings.ReplaceAll(tt.msg, " ", "")
		msg := unhex(raw[:len(raw)/2*2])
		m, err := dnslookup.Decode(msg)
		var broken *dnslookup.FormatError
		if !errors.As(err, &broken) {
			t.Errorf("%s: the error is %v; want a FormatError", tt.name, err)
			continue
		}
		if !strings.Contains(broken.Reason, tt.reason) {
			t.Errorf("%s: the reason is %q; want %q in it", tt.name, broken.Reason, tt.reason)
		}
		if broken.Offset < tt.offset || broken.Offset > len(msg) {
			t.Errorf("%s: the offset is %d, not at or after %d", tt.name, broken.Offset, tt.offset)
		}
		if err := wire.Check(m.Fields, 8*len(msg)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// records holds one record of every kind that the decoder takes apart.
var records = []string{
	"a.example. 300 IN A 192.0.2.1",
	"a.example. 300 IN AAAA 2001:db8::1",
	"a.example. 300 IN AAAA ::ffff:192.0.2.1",
	"a.example. 300 IN NS ns.example.",
	`a\.b\\c\"\032.example. 300 IN CNAME x\000y.example.`,
	"example. 300 IN SOA ns.example. host.example. 1 7200 3600 1209600 300",
	"1.2.0.192.in-addr.arpa. 300 IN PTR a.example.",
	`a.example. 300 IN HINFO "PDP-11" "UNIX \" \\ \200"`,
	"example. 300 IN MX 10 mail.example.",
	`example. 300 IN TXT "v=spf1 -all" "" "two \"words\" \\ \009"`,
	"a.example. 300 IN RP m.example. t.example.",
	"a.example. 300 IN AFSDB 1 h.example.",
	"_sip._tcp.example. 300 IN SRV 1 2 5060 s.example.",
	`example. 300 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@example!" .`,
	"example. 300 IN KX 10 k.example.",
	"example. 300 IN DNAME other.example.",
	"example. 300 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
	"example. 300 IN SSHFP 1 1 123456789ABCDEF67890123456789ABCDEF67890",
	"a.example. 300 IN RRSIG A 15 2 300 20300101000000 20260101000000 4711 example. aGVsbG8gd29ybGQ=",
	"a.example. 300 IN NSEC b.example. A MX RRSIG NSEC TYPE1234",
	"example. 300 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
	"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 300 IN NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY",
	"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 300 IN NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR",
	"example. 300 IN NSEC3PARAM 1 0 0 -",
	"_443._tcp.example. 300 IN TLSA 3 1 1 0C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B566",
	"example. 300 IN CDS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
	"example. 300 IN OPENPGPKEY aGVsbG8=",
	"example. 300 IN CSYNC 66 3 A NS AAAA",
	"example. 300 IN ZONEMD 1 1 1 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899",
	`example. 300 IN HTTPS 1 . alpn="h2,h3" port="8443" ipv4hint="192.0.2.1,192.0.2.2" ipv6hint="2001:db8::1"`,
	`example. 300 IN SVCB 1 s.example. mandatory="alpn" alpn="h2" ech="aGVsbG8=" key65000="x"`,
	"example. 300 IN SVCB 0 s.example.",
	`example. 300 IN SPF "v=spf1 -all"`,
	"example. 300 IN MD m.example.", "example. 300 IN MF m.example.", "example. 300 IN MB m.example.", "example. 300 IN MG m.example.", "example. 300 IN MR m.example.",
	"example. 300 IN MINFO a.example. b.example.",
	"example. 300 IN RT 10 r.example.",
	"example. 300 IN PX 10 a.example. b.example.",
	"example. 300 IN DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
	"example. 300 IN EUI48 00-00-5e-00-53-2a",
	"example. 300 IN EUI64 00-00-5e-ef-10-00-00-2a",
	"example. 300 IN LOC 52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m",
	`_http.example. 300 IN URI 10 1 "http://www.example/"`,
	`example. 300 IN SVCB 1 . alpn="f\\\\oo\\,bar"`, // RFC 9460 D.2
	`example. 300 IN CAA 0 issue "ca.example; policy=ev"`,
	`example. 300 IN TYPE65280 \# 4 0a000001`,
	"example. 300 IN SIG A 15 2 300 20300101000000 20260101000000 4711 example. aGVsbG8gd29ybGQ=",
	"example. 300 IN KEY 256 3 15 aGVsbG8=",
	"example. 300 IN NSAP-PTR a.example.",
	"example. 300 IN CERT PKIX 4711 RSASHA256 aGVsbG8=",
	"example. 300 IN CERT 65000 4711 200 aGVsbG8=",
	"example. 300 IN APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:2001:db8::/32 1:0.0.0.0/0",
	"example. 300 IN IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
	"example. 300 IN IPSECKEY 10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
	"example. 300 IN IPSECKEY 10 2 2 2001:db8::1 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
	"example. 300 IN IPSECKEY 10 3 2 gw.example. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
	"example. 300 IN AMTRELAY 10 1 0 .", "example. 300 IN AMTRELAY 10 0 1 203.0.113.15",
	"example. 300 IN AMTRELAY 10 0 2 2001:db8::15", "example. 300 IN AMTRELAY 128 0 3 amtrelays.example.",
	"example. 300 IN HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI rvs1.example. rvs2.example.",
	"example. 300 IN NID 10 0014:4fff:ff20:ee64", "example. 300 IN L32 10 10.1.2.0", "example. 300 IN L64 10 2001:0db8:1140:1000", "example. 300 IN LP 10 l64.example.",
	`example. 300 IN NINFO "a" "b"`, "example. 300 IN RKEY 0 3 15 aGVsbG8=", "example. 300 IN TALINK a.example. b.example.",
	`example. 300 IN AVC "app-name:x"`, `example. 300 IN RESINFO "qnamemin" "exterr=15-17"`, "example. 300 IN UID 501", "example. 300 IN GID 501", `example. 300 IN UINFO "x"`,
	"example. 300 IN TA 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", "example. 300 IN DLV 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
	"example. 300 IN EID 0123ABCD", "example. 300 IN NIMLOC 0123ABCD",
	"example. 300 IN CDS 0 0 0 00", "example. 300 IN CDNSKEY 0 3 0 AA==",
}

// TestDecodeRecords has miekg pack every kind of record, with compression, and
// compares what we read with what it prints.
func TestDecodeRecords(t *testing.T) {
	msg := new(dns.Msg)
	msg.SetQuestion("example.", dns.TypeANY)
	msg.Response, msg.Compress = true, true
	for _, s := range records {
		rr, err := dns.NewRR(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		msg.Answer = append(msg.Answer, rr)
	}
	raw, err := msg.Pack()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, raw)
}

// TestDecodeLocation: places as BIND writes them.
func TestDecodeLocation(t *testing.T) {
	for _, tt := range []struct{ data, want string }{
		{"0012 1613 8917 2dd0 70be 15f0 0098 8d20", "42 21 54.000 N 71 6 18.000 W -24.00m 1m 10000m 10m"},
		{"0033 1613 8b0d 2fe8 7fbd 3390 0098 8d20", "51 30 13.608 N 1 12 57.712 W -24.00m 30m 10000m 10m"},
		{"0000 0000 8000 0000 8000 0000 0098 9680", "0 0 0.000 N 0 0 0.000 E 0.00m 0.00m 0.00m 0.00m"},
		{"0012 1613 7fff ffff 70be 15f0 ffff ffff", "0 0 0.001 S 71 6 18.000 W 42849672.95m 1m 10000m 10m"},
		{"0112 1613 8917 2dd0 70be 15f0 0098 8d20", `\# 16 0112161389172dd070be15f000988d20`}, // a version that nobody knows
	} {
		data := unhex(strings.ReplaceAll(tt.data, " ", ""))
		raw := append(unhex("000080000000000100000000"+"00"+"001d"+"0001"+"00000000"+"0010"), data...)
		m, err := dnslookup.Decode(raw)
		if err != nil || m.Answer[0].Data != tt.want {
			t.Errorf("%x: %v, %v; want %s", data, m.Answer, err, tt.want)
		}
	}
}

// TestDecodeQuoted: what miekg writes in another way than BIND does.
func TestDecodeQuoted(t *testing.T) {
	for _, tt := range []struct{ t, data, want string }{
		{"0101", "0002612278", `0 a\" "x"`},
		{"0013", "03313233", `"123"`},
		{"0014", "03313530023034", `"150" "04"`},
		{"001b", "032d3332033131360131", `"-32" "116" "1"`},
		{"0040", "0001" + "00" + "0001000c" + "0268320866" + "5c6f6f2c626172", `1 . alpn="h2,f\\\\oo\\,bar"`}, // RFC 9460 D.2
	} {
		data := unhex(tt.data)
		raw := append(unhex("000080000000000100000000"+"00"+tt.t+"0001"+"00000000"+fmt.Sprintf("%04x", len(data))), data...)
		m, err := dnslookup.Decode(raw)
		if err != nil || m.Answer[0].Data != tt.want {
			t.Errorf("type %s: %v, %v; want %s", tt.t, m.Answer, err, tt.want)
		}
	}
}

// compare checks a message that both we and miekg accept: every name, type,
// TTL and datum must be the same.
func compare(t *testing.T, raw []byte) {
	t.Helper()
	m, err := dnslookup.Decode(raw)
	if err != nil {
		t.Fatalf("%x: %v", raw, err)
	}
	theirs := new(dns.Msg)
	if err := theirs.Unpack(raw); err != nil {
		t.Fatalf("miekg rejects %x, which we accept: %v", raw, err)
	}
	if m.ID != theirs.Id || m.Response != theirs.Response || int(m.Rcode)&15 != theirs.Rcode&15 || m.Truncated != theirs.Truncated ||
		m.Authoritative != theirs.Authoritative || m.AuthenticData != theirs.AuthenticatedData || m.Opcode != theirs.Opcode {
		t.Errorf("the header is %+v, miekg has %+v", m, theirs.MsgHdr)
	}
	if len(m.Question) != len(theirs.Question) {
		t.Fatalf("%d questions, miekg has %d", len(m.Question), len(theirs.Question))
	}
	for i, q := range theirs.Question {
		if q.Name != m.Question[i].Name || q.Qtype != uint16(m.Question[i].Type) {
			t.Errorf("the question is %v, miekg has %v", m.Question[i], q)
		}
	}
	for i, section := range [][]dns.RR{theirs.Answer, theirs.Ns, theirs.Extra} {
		ours := [][]dnslookup.Record{m.Answer, m.Authority, m.Additional}[i]
		var rest []dns.RR
		for _, rr := range section {
			if rr.Header().Rrtype != dns.TypeOPT {
				rest = append(rest, rr)
			}
		}
		if len(ours) != len(rest) {
			t.Fatalf("section %d has %d records, miekg has %d", i, len(ours), len(rest))
		}
		for j, rr := range rest {
			compareRecord(t, ours[j], rr)
		}
	}
}

func compareRecord(t *testing.T, ours dnslookup.Record, theirs dns.RR) {
	t.Helper()
	h := theirs.Header()
	ttl := h.Ttl
	if ttl >= 1<<31 {
		ttl = 0
	}
	if ours.Name != h.Name || uint16(ours.Type) != h.Rrtype || uint16(ours.Class) != h.Class || ours.TTL != ttl {
		t.Errorf("the record is %+v, miekg has %v", ours, h)
	}
	if h.Rdlength == 0 || h.Class != 1 {
		return // miekg leaves the data empty; we write RFC 3597
	}
	_, generic := theirs.(*dns.RFC3597)
	switch data := strings.TrimPrefix(theirs.String(), h.String()); {
	case slices.Contains([]uint16{dns.TypeLOC, dns.TypeX25, dns.TypeISDN, dns.TypeGPOS, dns.TypeNXT, dns.TypeTKEY, dns.TypeTSIG}, h.Rrtype): // we write them as BIND does
	case h.Rrtype == dns.TypeAMTRELAY && strings.Contains(ours.Data, " 1 "): // miekg reads the D bit as part of the type
	case strings.HasPrefix(ours.Data, `\#`):
		if generic && !strings.EqualFold(data[strings.Index(data, `\#`):], ours.Data) {
			t.Errorf("%s data is %q, miekg has %q", ours.Type, ours.Data, data)
		}
	case generic: // a type that miekg does not know
	case h.Rrtype == dns.TypeSVCB || h.Rrtype == dns.TypeHTTPS: // the same octets, escaped in other ways
		if !strings.EqualFold(unescape(ours.Data), unescape(data)) {
			t.Errorf("%s data is %q, miekg has %q", ours.Type, ours.Data, data)
		}
	case !strings.EqualFold(typeNumbers(ours.Data), strings.TrimSpace(typeNumbers(data))):
		t.Errorf("%s data is %q, miekg has %q", ours.Type, ours.Data, data)
	}
}

// unescape turns \X and \DDD into the octets they stand for.
func unescape(s string) string {
	return regexp.MustCompile(`\\(\d\d\d|.)`).ReplaceAllStringFunc(s, func(e string) string {
		if n, err := strconv.Atoi(e[1:]); err == nil && len(e) == 4 {
			return string([]byte{byte(n)})
		}
		return e[1:]
	})
}

// typeNumbers writes every type in some data as a number: the two of us do not
// name the same ones.
func typeNumbers(data string) string {
	words := strings.Fields(data) // miekg leaves two spaces around data of no octets
	for i, w := range words {
		if n, ok := dns.StringToType[w]; ok {
			words[i] = fmt.Sprintf("TYPE%d", n)
		} else if n, err := dnslookup.ParseType(w); err == nil {
			words[i] = fmt.Sprintf("TYPE%d", n)
		}
	}
	return strings.Join(words, " ")
}

// empty reports whether a record has no data, or is not of class IN.
func empty(rr dns.RR) bool { return rr.Header().Rdlength == 0 || rr.Header().Class != 1 }

// FuzzDecode: no bytes make the decoder panic, loop or take much memory; its
// fields cover the message; and where miekg reads the message too, both read
// the same.
func FuzzDecode(f *testing.F) {
	f.Add(reply)
	for _, s := range records {
		msg := new(dns.Msg)
		msg.SetQuestion("a.example.", dns.TypeA)
		rr, err := dns.NewRR(s)
		if err != nil {
			f.Fatal(err)
		}
		msg.Answer = []dns.RR{rr}
		msg.SetEdns0(1232, true)
		msg.Compress = true
		raw, err := msg.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := dnslookup.Decode(raw)
		runtime.ReadMemStats(&after)
		// See TestDecodeMemory; the constant is what the fuzzer itself allocates.
		if grown := after.TotalAlloc - before.TotalAlloc; grown > uint64(300*len(raw)+512<<10) {
			t.Errorf("%d octets took %d bytes of memory", len(raw), grown)
		}
		if err := wire.Check(m.Fields, 8*len(raw)); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		theirs := new(dns.Msg)
		if err := theirs.Unpack(raw); err != nil {
			return // stricter about what stands inside some kinds of data
		}
		compare(t, raw)
		again, err := theirs.Pack() // what miekg writes, we read
		if err != nil || new(dns.Msg).Unpack(again) != nil || slices.ContainsFunc(slices.Concat(theirs.Answer, theirs.Ns, theirs.Extra), empty) {
			return // it writes records without data, and of other classes, wrongly
		}
		compare(t, again)
	})
}

// TestNotes: what is said about a bit is true of queries and of replies.
func TestNotes(t *testing.T) {
	query := unhex("123401000001000000000001" + "0161026378000001" + "0001" + "0000290000000000000000")
	notes := func(raw []byte) map[string]string {
		m, err := dnslookup.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		var walk func([]wire.Field)
		walk = func(fields []wire.Field) {
			for _, f := range fields {
				found[f.Name] = f.Note.String()
				walk(f.Fields)
			}
		}
		walk(m.Fields)
		return found
	}
	asked := notes(query)
	query[2] |= 0x80
	replied := notes(query)
	for name, want := range map[string][2]string{
		"RCODE": {"of replies only", "no error"}, "AA": {"of replies only", "not authoritative"}, "RA": {"of replies only", "recursion not available"},
		"DO": {"no signatures and proofs of DNSSEC wanted", "no signatures and proofs of DNSSEC wanted"},
	} {
		if asked[name] != want[0] || replied[name] != want[1] {
			t.Errorf("%s: %q in a query, %q in a reply; want %q", name, asked[name], replied[name], want)
		}
	}
}
