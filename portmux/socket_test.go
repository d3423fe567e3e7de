package portmux_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/portmux"
	"onwire/wire/packet"
)

var (
	there = netip.MustParseAddr("10.9.0.1")
	here  = netip.MustParseAddr("10.9.0.2")
)

func datagram(sport, dport uint16, payload string) []byte {
	return packet.IPv4{Proto: packet.ProtoUDP, Src: there, Dst: here}.Append(nil,
		packet.UDP{SrcPort: sport, DstPort: dport}.Append(nil, there, here, []byte(payload)))
}

func Example() {
	m, err := portmux.New("10.9.0.2/24")
	if err != nil {
		panic(err)
	}
	if _, err := m.Bind("game", portmux.UDP, ":7777"); err != nil {
		panic(err)
	}
	fmt.Println(m.Deliver(datagram(6001, 7777, "jump")))
	fmt.Println(m.Deliver(datagram(6001, 7778, "jump")))
	// Output:
	// deliver:game
	// icmp:3/3
}

func ExampleMux_Explain() {
	m, err := portmux.New("10.9.0.2/24")
	if err != nil {
		panic(err)
	}
	for app, local := range map[string]string{"any": ":5004", "exact": "10.9.0.2:5004"} {
		if _, err := m.Bind(app, portmux.UDP, local, portmux.Options{ReuseAddr: true}); err != nil {
			panic(err)
		}
	}
	_, steps := m.Explain(datagram(6000, 5004, "frame"))
	for _, s := range steps {
		if s.Socket != nil && s.Result == portmux.Won && s.Rule == "candidate" {
			fmt.Println(s.Socket.App, s.Note)
		}
	}
	// Output: exact bound to exactly this address and port
}

func TestBindConflicts(t *testing.T) {
	reuse, port, only := portmux.Options{ReuseAddr: true}, portmux.Options{ReusePort: true}, portmux.Options{V6Only: true}
	for _, tt := range []struct {
		name          string
		first, second string
		proto, other  portmux.Proto
		a, b          portmux.Options
		want          error
	}{
		{"the same port", ":80", ":80", portmux.UDP, portmux.UDP, portmux.Options{}, portmux.Options{}, portmux.ErrInUse},
		{"the other protocol", ":80", ":80", portmux.UDP, portmux.TCP, portmux.Options{}, portmux.Options{}, nil},
		{"wildcard and address", ":80", "10.9.0.2:80", portmux.UDP, portmux.UDP, portmux.Options{}, portmux.Options{}, portmux.ErrInUse},
		{"two addresses", "10.9.0.2:80", "10.9.0.3:80", portmux.UDP, portmux.UDP, portmux.Options{}, portmux.Options{}, nil},
		{"both reuse, UDP", ":80", ":80", portmux.UDP, portmux.UDP, reuse, reuse, nil},
		{"one reuses", ":80", ":80", portmux.UDP, portmux.UDP, reuse, portmux.Options{}, portmux.ErrInUse},
		{"both reuse, listeners", ":80", ":80", portmux.TCP, portmux.TCP, reuse, reuse, portmux.ErrInUse},
		{"a group", ":80", ":80", portmux.TCP, portmux.TCP, port, port, nil},
		{"dual-stack and IPv4", "[::]:80", ":80", portmux.TCP, portmux.TCP, portmux.Options{}, portmux.Options{}, portmux.ErrInUse},
		{"IPv6 only and IPv4", "[::]:80", ":80", portmux.TCP, portmux.TCP, only, portmux.Options{}, nil},
		{"IPv6 only, twice", "[::]:80", "[::]:80", portmux.TCP, portmux.TCP, only, only, portmux.ErrInUse},
		{"dual-stack and an IPv6 address", "[::]:80", "[fd09::2]:80", portmux.UDP, portmux.UDP, portmux.Options{}, portmux.Options{}, portmux.ErrInUse},
		{"an IPv6 address and dual-stack", "[fd09::2]:80", "[::]:80", portmux.TCP, portmux.TCP, portmux.Options{}, portmux.Options{}, portmux.ErrInUse},
		{"dual-stack and IPv6 only", "[::]:80", "[::]:80", portmux.UDP, portmux.UDP, reuse, only, portmux.ErrInUse},
		{"IPv6 only and an IPv4 address", "[::]:80", "10.9.0.2:80", portmux.TCP, portmux.TCP, only, portmux.Options{}, nil},
		{"an IPv6 address and an IPv4 one", "[fd09::2]:80", "10.9.0.2:80", portmux.TCP, portmux.TCP, portmux.Options{}, portmux.Options{}, nil},
		{"not our address", ":80", "10.9.0.99:80", portmux.TCP, portmux.TCP, portmux.Options{}, portmux.Options{}, portmux.ErrNotLocal},
		{"no port", ":80", "10.9.0.2", portmux.TCP, portmux.TCP, portmux.Options{}, portmux.Options{}, portmux.ErrAddress},
		{"port 0", ":80", ":0", portmux.TCP, portmux.TCP, portmux.Options{}, portmux.Options{}, portmux.ErrAddress},
	} {
		m, err := portmux.New("10.9.0.2/24", "10.9.0.3/24", "fd09::2/64")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Bind("first", tt.proto, tt.first, tt.a); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if _, err := m.Bind("second", tt.other, tt.second, tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	m, err := portmux.New("10.9.0.2/24")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Connect("x", portmux.TCP, ":80", "[fd09::1]:9"); !errors.Is(err, portmux.ErrFamily) {
		t.Errorf("IPv6 from a host without it: %v", err)
	}
	if _, err := m.Connect("x", portmux.TCP, ":80", "10.9.0.1:9"); err != nil {
		t.Error(err)
	}
	if _, err := m.Connect("x", portmux.TCP, ":80", "10.9.0.1:9"); !errors.Is(err, portmux.ErrInUse) {
		t.Errorf("the same four-tuple twice: %v", err)
	}
}

// TestClose takes connections away in another order than they came, with many
// of them in one neighbourhood of the table.
func TestClose(t *testing.T) {
	m, err := portmux.New("10.9.0.2/24")
	if err != nil {
		t.Fatal(err)
	}
	var sockets []*portmux.Socket
	for i := range 1000 {
		s, err := m.Connect(fmt.Sprint(i), portmux.UDP, ":53", fmt.Sprintf("10.9.0.1:%d", 1000+i), portmux.Options{ReuseAddr: true})
		if err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, s)
	}
	for i := range 1000 {
		n := i * 7 % 1000
		m.Close(sockets[n])
		m.Close(sockets[n])
		if v := m.Deliver(datagram(uint16(1000+n), 53, "")); v.Kind != portmux.ICMP {
			t.Fatalf("closed, but %s", v)
		}
		next := (i + 1) * 7 % 1000
		if want := "deliver:" + fmt.Sprint(next); i < 999 && m.Deliver(datagram(uint16(1000+next), 53, "")).String() != want {
			t.Fatalf("open, but not %s", want)
		}
	}
}

// TestConcurrent binds, closes and delivers at the same time, for the race
// detector.
func TestConcurrent(t *testing.T) {
	m := world(t)
	list := cases(t)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 200 {
				c := list[(i*7+worker)%len(list)]
				if c.layer != "ip" {
					continue
				}
				v := m.Deliver(c.packets[0])
				_ = v.String()
				m.AppendReply(nil, v)
				if i%10 == 0 {
					m.Explain(c.packets[0])
					s, err := m.Bind("new", portmux.UDP, ":9100", portmux.Options{ReusePort: true})
					if err != nil {
						t.Error(err)
						return
					}
					m.Close(s)
				}
			}
		})
	}
	all.Wait()
}

// TestReusePort sends many flows to a group: every member gets some, and a
// flow always the same.
func TestReusePort(t *testing.T) {
	m, err := portmux.New("10.9.0.2/24")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if _, err := m.Bind(fmt.Sprint("w", i), portmux.UDP, ":80", portmux.Options{ReusePort: true}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]int{}
	for port := range uint16(400) {
		b := datagram(1000+port, 80, "")
		v := m.Deliver(b)
		if again := m.Deliver(b); again.Socket != v.Socket {
			t.Fatal("the same flow went to two members")
		}
		if v.App() != "w0|w1|w2|w3" || len(v.Sockets()) != 1 {
			t.Fatalf("%s", v)
		}
		got[v.Socket.App]++
	}
	for app, n := range got {
		if n < 50 || len(got) != 4 {
			t.Errorf("%s got %d of 400: %v", app, n, got)
		}
	}
}

// TestReusePort6: on an IPv6 address V6Only changes nothing, so sockets with
// and without it are of one group.
func TestReusePort6(t *testing.T) {
	m, err := portmux.New("fd09::2/64")
	if err != nil {
		t.Fatal(err)
	}
	for i, only := range []bool{false, true} {
		if _, err := m.Bind(fmt.Sprint("w", i), portmux.UDP, "[fd09::2]:80", portmux.Options{ReusePort: true, V6Only: only}); err != nil {
			t.Fatal(err)
		}
	}
	src, dst := netip.MustParseAddr("fd09::1"), netip.MustParseAddr("fd09::2")
	b := packet.IPv6{NextHeader: packet.ProtoUDP, Src: src, Dst: dst}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 80}.Append(nil, src, dst, nil))
	if v := m.Deliver(b); len(v.Group()) != 2 {
		t.Errorf("%s", v)
	}
}

// TestFragmentsAreBounded sends first halves for ever; what waits is bounded
// in number, in bytes and in age.
func TestFragmentsAreBounded(t *testing.T) {
	m := world(t)
	now := time.Unix(0, 0)
	m.SetClock(func() time.Time { return now }, 1)
	whole := packet.UDP{SrcPort: 1, DstPort: 7777}.Append(nil, there, here, make([]byte, 1000))
	half := func(id uint16, from, to int, more bool) []byte {
		return packet.IPv4{ID: id, Proto: packet.ProtoUDP, Src: there, Dst: here, FragmentOffset: from, MoreFragments: more}.Append(nil, whole[from:to])
	}
	held := 0
	for id := range uint16(1000) {
		if m.Deliver(half(id, 0, 504, true)).Kind == portmux.Held {
			held++
		}
	}
	if held != portmux.MaxFragmentDatagrams {
		t.Errorf("%d are held, want %d", held, portmux.MaxFragmentDatagrams)
	}
	if v := m.Deliver(half(3, 504, len(whole), false)); v.String() != "deliver:game" || len(v.Payload) != 1000 {
		t.Errorf("the second half: %s", v)
	}
	now = now.Add(portmux.MaxFragmentAge)
	if v := m.Deliver(half(4, 504, len(whole), false)); v.Kind != portmux.Held {
		t.Errorf("the second half of one that is too old: %s", v)
	}
}

func TestServices(t *testing.T) {
	r := portmux.Registry()
	for port, want := range map[uint16]string{80: "http", 443: "https", 53: "domain", 7777: "cbt", 50051: ""} {
		if got := r.Name(portmux.TCP, port); got != want {
			t.Errorf("%d is %q, want %q", port, got, want)
		}
	}
	if !strings.Contains(portmux.RegistrySource(), "IANA") {
		t.Errorf("the source is %q", portmux.RegistrySource())
	}
	ours := r.With(strings.NewReader("# x\ngame 7777/tcp alias # y\nbroken\nbad 70000/tcp\n"))
	if ours.Name(portmux.TCP, 7777) != "game" || ours.Name(portmux.UDP, 7777) != "cbt" || r.Name(portmux.TCP, 7777) != "cbt" {
		t.Error("With does not put the file before the registry")
	}
	if found := ours.Find("GAME"); len(found) != 1 || found[0].Port != 7777 {
		t.Errorf("Find = %v", found)
	}
	for port, want := range map[uint16]string{0: "System Ports", 1023: "System Ports", 1024: "User Ports", 49151: "User Ports", 49152: "Dynamic Ports", 65535: "Dynamic Ports"} {
		if got := portmux.RangeOf(port).Name; got != want {
			t.Errorf("%d is in %s, want %s", port, got, want)
		}
	}
}

func TestConversations(t *testing.T) {
	f := portmux.NewFlows()
	add := func(src, dst netip.AddrPort, n int) {
		f.Add(packet.LinkRaw, packet.IPv4{Proto: packet.ProtoUDP, Src: src.Addr(), Dst: dst.Addr()}.Append(nil,
			packet.UDP{SrcPort: src.Port(), DstPort: dst.Port()}.Append(nil, src.Addr(), dst.Addr(), make([]byte, n))))
	}
	a, b, c := netip.AddrPortFrom(there, 50000), netip.AddrPortFrom(here, 443), netip.AddrPortFrom(there, 50001)
	add(a, b, 10)
	add(b, a, 300)
	add(c, b, 20)
	add(b, b, 1) // to itself
	list, total := f.Conversations(2)
	if total != 3 || len(list) != 2 || list[0].A != a || list[0].Back.Bytes != 300 || list[0].Sent.Bytes != 10 || list[1].A != c {
		t.Errorf("%d conversations, %+v", total, list)
	}
	ports := f.Ports()
	if len(ports) != 1 || ports[0].Port != 443 || ports[0].Conversations != 3 || ports[0].In.Bytes != 31 || ports[0].Out.Bytes != 300 {
		t.Errorf("%+v", ports)
	}
	if flows := slices.Collect(f.All); len(flows) != 4 || flows[0].Src != a {
		t.Errorf("%+v", flows)
	}
}
