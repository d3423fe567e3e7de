package tcpstream_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"onwire/wire/packet"
	"onwire/wire/tcpstream"

	"github.com/google/go-cmp/cmp"
)

var (
	client = netip.MustParseAddrPort("10.0.0.1:40000")
	server = netip.MustParseAddrPort("10.0.0.2:8888")
	epoch  = time.Unix(1_700_000_000, 0)
)

// segment returns an IPv4 packet.
func segment(from, to netip.AddrPort, seq uint32, flags packet.Flags, data string) []byte {
	tcp := packet.TCP{SrcPort: from.Port(), DstPort: to.Port(), Seq: seq, Flags: flags, Window: 1000}.Append(nil, from.Addr(), to.Addr(), []byte(data))
	return packet.IPv4{Proto: packet.ProtoTCP, Src: from.Addr(), Dst: to.Addr()}.Append(nil, tcp)
}

// A recorder writes down what it is told.
type recorder struct{ strings.Builder }

func (r *recorder) Open(c *tcpstream.Conn, _ time.Time) {
	fmt.Fprintf(r, "%d open %v>%v whole=%v\n", c.Number, c.Client.Port(), c.Server.Port(), c.Whole)
}

func (r *recorder) Data(c *tcpstream.Conn, _ time.Time, server bool, b []byte) {
	fmt.Fprintf(r, "%d %v %s\n", c.Number, server, b)
}

func (r *recorder) Gap(c *tcpstream.Conn, _ time.Time, server bool, n int64) {
	fmt.Fprintf(r, "%d %v gap %d\n", c.Number, server, n)
}

func (r *recorder) End(c *tcpstream.Conn, _ time.Time, server, reset bool) {
	fmt.Fprintf(r, "%d %v end reset=%v\n", c.Number, server, reset)
}

func play(packets ...[]byte) string {
	r := &recorder{}
	a := tcpstream.New(r)
	for _, p := range packets {
		a.Add(packet.LinkRaw, p, epoch)
	}
	a.Close()
	return r.String()
}

func TestAssembler(t *testing.T) {
	c := func(seq uint32, flags packet.Flags, data string) []byte {
		return segment(client, server, seq, flags, data)
	}
	s := func(seq uint32, flags packet.Flags, data string) []byte {
		return segment(server, client, seq, flags, data)
	}
	const syn, ack, fin, rst = packet.SYN, packet.ACK, packet.FIN, packet.RST
	for _, tt := range []struct {
		name    string
		packets [][]byte
		want    string
	}{
		{"a connection", [][]byte{c(9, syn, ""), s(99, syn|ack, ""), c(10, ack, "ab"), s(100, ack, "xy"), c(12, fin|ack, ""), s(102, fin|ack, "z"), c(13, ack, "")},
			"1 open 40000>8888 whole=true\n1 false ab\n1 true xy\n1 false end reset=false\n1 true z\n1 true end reset=false\n"},
		{"out of order and twice", [][]byte{c(9, syn, ""), c(14, ack, "ef"), c(12, ack, "cd"), c(12, ack, "cd"), c(10, ack, "abc"), c(10, ack, "abcdefg")},
			"1 open 40000>8888 whole=true\n1 false abc\n1 false d\n1 false ef\n1 false g\n"},
		{"the numbers go round", [][]byte{c(0xfffffffe, syn, ""), c(0xffffffff, ack, "ab"), c(1, ack, "cd")},
			"1 open 40000>8888 whole=true\n1 false ab\n1 false cd\n"},
		{"lost for ever", [][]byte{c(9, syn, ""), c(10, ack, "a"), c(15, ack, "b"), c(20, fin, "")},
			"1 open 40000>8888 whole=true\n1 false a\n1 false gap 4\n1 false b\n"},
		{"cut short", [][]byte{c(9, syn, ""), c(10, ack, "abcdef")[:44], c(16, ack, "g")},
			"1 open 40000>8888 whole=true\n1 false abcd\n1 false gap 2\n1 false g\n"},
		{"begins in the middle", [][]byte{c(50, ack, "a"), s(70, ack, "b")}, "1 open 40000>8888 whole=false\n1 false a\n1 true b\n"},
		{"begins with SYN ACK", [][]byte{s(99, syn|ack, ""), s(100, ack, "b")}, "1 open 40000>8888 whole=true\n1 true b\n"},
		{"reset", [][]byte{c(9, syn, ""), c(10, ack, "a"), s(0, rst, ""), c(11, ack, "b")[:40]}, "1 open 40000>8888 whole=true\n1 false a\n1 false end reset=true\n1 true end reset=true\n"},
		{"ports used again", [][]byte{c(9, syn, ""), c(10, ack, "a"), c(500, syn, ""), c(501, ack, "b")}, "1 open 40000>8888 whole=true\n1 false a\n2 open 40000>8888 whole=true\n2 false b\n"},
		{"SYN twice", [][]byte{c(9, syn, ""), c(9, syn, ""), c(10, ack, "a")}, "1 open 40000>8888 whole=true\n1 false a\n"},
		{"no TCP", [][]byte{{0x45}, nil, []byte("????????????????????????????????????????")}, ""},
	} {
		if d := cmp.Diff(tt.want, play(tt.packets...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// A joiner keeps the data of one side.
type joiner struct {
	recorder
	got  []byte
	gaps int64
}

func (j *joiner) Data(_ *tcpstream.Conn, _ time.Time, _ bool, b []byte) { j.got = append(j.got, b...) }
func (j *joiner) Gap(_ *tcpstream.Conn, _ time.Time, _ bool, n int64) {
	j.gaps += n
	j.got = append(j.got, make([]byte, n)...)
}

// TestRecord: a segment whose length is left to the network card (0 in the IP
// header) is as long as the capture says, also where not all of it is kept.
func TestRecord(t *testing.T) {
	big := segment(client, server, 10, packet.ACK, "abcdef")
	big[2], big[3] = 0, 0
	r := &recorder{}
	a := tcpstream.New(r)
	a.AddRecord(packet.LinkRaw, segment(client, server, 9, packet.SYN, ""), 0, epoch)
	a.AddRecord(packet.LinkRaw, big[:44], len(big), epoch)
	a.AddRecord(packet.LinkRaw, segment(client, server, 16, packet.ACK, "g"), 0, epoch)
	a.Close()
	if d := cmp.Diff("1 open 40000>8888 whole=true\n1 false abcd\n1 false gap 2\n1 false g\n", r.String()); d != "" {
		t.Error(d)
	}
}

// TestAnyOrder cuts a text in overlapping segments and shuffles them: the text
// comes back whole.
func TestAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 200 {
		text := make([]byte, 1+r.IntN(5000))
		for i := range text {
			text[i] = 'a' + byte(r.IntN(26))
		}
		start := r.Uint32()
		var packets [][]byte
		for at := 0; at < len(text); {
			n := min(1+r.IntN(300), len(text)-at)
			packets = append(packets, segment(client, server, start+1+uint32(at), packet.ACK, string(text[at:at+n])))
			at += max(1, n-r.IntN(3)*r.IntN(40))
		}
		r.Shuffle(len(packets), func(i, k int) { packets[i], packets[k] = packets[k], packets[i] })
		packets = append([][]byte{segment(client, server, start, packet.SYN, "")}, packets...)
		j := &joiner{}
		a := tcpstream.New(j)
		for _, p := range packets {
			a.Add(packet.LinkRaw, p, epoch)
		}
		a.Close()
		if !bytes.Equal(j.got, text) || j.gaps != 0 {
			t.Fatalf("round %d: %d bytes come back as %d, %d missing", round, len(text), len(j.got), j.gaps)
		}
	}
}

// TestBounds sends early segments for ever: what waits has a bound.
func TestBounds(t *testing.T) {
	j := &joiner{}
	a := tcpstream.New(j)
	a.Add(packet.LinkRaw, segment(client, server, 0, packet.SYN, ""), epoch)
	piece := strings.Repeat("x", 1000)
	for i := range uint32(5000) {
		a.Add(packet.LinkRaw, segment(client, server, 100+i*1000, packet.ACK, piece), epoch)
	}
	if j.gaps != 99 || len(j.got) < 5000*1000-tcpstream.MaxWaiting {
		t.Errorf("%d bytes of gaps, %d bytes came", j.gaps, len(j.got))
	}
	for i := range tcpstream.MaxConns + 10 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 5)
		a.Add(packet.LinkRaw, segment(from, server, 0, packet.ACK, "x"), epoch)
	}
	if a.Ignored != 11 {
		t.Errorf("%d segments ignored, want 11", a.Ignored)
	}
}

// FuzzAssembler gives packets whose header fields are anything.
func FuzzAssembler(f *testing.F) {
	f.Add([]byte("\x02\x00\x01\x00\x10\x05\x01\x01\x03\x09\x00\x12\x12\x04"))
	f.Fuzz(func(t *testing.T, script []byte) {
		j := &joiner{}
		a := tcpstream.New(j)
		sent := 0
		for ; len(script) >= 3; script = script[3:] {
			from, to := client, server
			if script[0]&0x80 != 0 {
				from, to = to, from
			}
			n := int(script[2] & 31)
			sent += n
			p := segment(from, to, uint32(script[1]), packet.Flags(script[0]&0x17), strings.Repeat("x", n))
			a.Add(packet.LinkRaw, p[:len(p)-int(script[2]>>5)%(n+1)], epoch)
		}
		a.Close()
		if int64(len(j.got))-j.gaps > int64(sent) {
			t.Fatalf("%d bytes came of %d sent", len(j.got), sent)
		}
	})
}
