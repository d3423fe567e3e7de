package lab_test

import (
	"fmt"
	"io"
	"net/netip"
	"testing"
	"time"

	"onwire/lab"
	"onwire/wire/packet"
)

func TestFirst(t *testing.T) {
	n, err := lab.New(lab.Config{Seed: 1, Latency: 10 * time.Millisecond, Rules: []lab.Rule{lab.Lose(lab.Data.Nth(1))}, Observe: func(e lab.Event) {
		var p packet.Packet
		p.Parse(packet.LinkEthernet, e.Bytes)
		fl := ""
		if p.Proto == 6 && p.Version != 0 {
			fl = fmt.Sprintf("flags %#x len %d", e.Bytes[p.Transport+13], p.Length)
		}
		fmt.Println(e.T, e.Stage, e.Frame.Number, e.Frame.From, e.Frame.To, len(e.Bytes), fl, e.Verdict.Why)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	a, err := n.Host("client", netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("fd00::1/64"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := n.Host("server", netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("fd00::2/64"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.Listen("tcp", ":7")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		io.Copy(c, c)
		c.Close()
	}()
	c, err := a.Dial("tcp", "server:7")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "hello")
	buf := make([]byte, 5)
	if _, err := io.ReadFull(c, buf); err != nil {
		t.Fatal(err)
	}
	c.Close()
	a.Sleep(time.Second)
	_, err = a.Dial("tcp6", "server:8")
	fmt.Println(err, l.Addr())
}
