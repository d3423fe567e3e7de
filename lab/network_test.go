package lab_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/lab"
	"onwire/tcpecho"
	"onwire/wire/packet"
)

// TestNetworkClose wakes all that wait, and leaves no goroutine.
func TestNetworkClose(t *testing.T) {
	w := makeWorld(t, wire())
	c, _ := pair(t, w)
	l := w.listen(":8")
	u, err := w.client.ListenPacket("udp", ":8")
	if err != nil {
		t.Fatal(err)
	}
	calls := []func() error{
		read(c),
		write(c),
		func() error { _, err := l.Accept(); return err },
		func() error { _, _, err := u.ReadFrom(make([]byte, 1)); return err },
		func() error { _, err := w.client.Dial("tcp", "10.0.0.99:9"); return err },
	}
	got := make([]error, len(calls))
	var waiting sync.WaitGroup
	for i, call := range calls {
		waiting.Go(func() { got[i] = call() })
	}
	waiting.Go(func() { w.client.Sleep(time.Hour) })
	w.client.Sleep(time.Millisecond)
	w.end()
	waiting.Wait()
	for i, err := range got {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("call %d: got %v", i, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	for name, call := range map[string]func() error{
		"Dial":         func() error { _, err := w.client.Dial("tcp", "server:7"); return err },
		"Listen":       func() error { _, err := w.client.Listen("tcp", ":7"); return err },
		"ListenPacket": func() error { _, err := w.client.ListenPacket("udp", ":7"); return err },
	} {
		if err := call(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close: got %v", name, err)
		}
	}
	if _, err := w.Host("late"); err == nil {
		t.Error("a host came to a closed network")
	}
	w.client.Sleep(time.Hour) // returns at once
	nothingLeft(t)
}

// nothingLeft waits until no goroutine of the lab or its stacks is left: those
// that were told to end may not have come to it yet.
func nothingLeft(t *testing.T) {
	t.Helper()
	var dump bytes.Buffer
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		dump.Reset()
		pprof.Lookup("goroutine").WriteTo(&dump, 1)
		if !strings.Contains(dump.String(), "gvisor.dev/") && !strings.Contains(dump.String(), "onwire/lab.") {
			return
		}
	}
	t.Errorf("goroutines are left:\n%s", &dump)
}

// TestCut: a wire whose life is over ends every call.
func TestCut(t *testing.T) {
	cfg := wire()
	cfg.Frames = 40
	w := newWorld(t, cfg)
	client, server := pair(t, w)
	client.SetDeadline(time.Time{})
	reader := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, server)
		reader <- err
	}()
	if _, err := client.Write(make([]byte, 50<<20)); !errors.Is(err, lab.ErrCut) {
		t.Errorf("Write: got %v", err)
	}
	if err := <-reader; !errors.Is(err, lab.ErrCut) {
		t.Errorf("Read: got %v", err)
	}
	if err := w.Err(); err != lab.ErrCut || w.Frames() != 40 {
		t.Errorf("after %d frames: %v", w.Frames(), err)
	}
	if _, err := w.client.Dial("tcp", "server:7"); !errors.Is(err, lab.ErrCut) {
		t.Errorf("Dial: got %v", err)
	}
	start := w.Elapsed()
	w.client.Sleep(time.Hour)
	if took := w.Elapsed() - start; took != time.Hour {
		t.Errorf("an hour's sleep took %v", took)
	}
}

// TestThreeHosts: a switch gives each host what is for it.
func TestThreeHosts(t *testing.T) {
	seen := make(map[string]bool)
	cfg := wire()
	cfg.Observe = func(e lab.Event) {
		if e.Stage == lab.Arrived && e.Frame.To != "all" {
			seen[fmt.Sprintf("%s > %s at %s", e.Frame.From, e.Frame.To, e.At)] = true
		}
	}
	w := newWorld(t, cfg)
	third := w.host("third", "10.0.0.3/24", "fd00::3/64")
	w.serve(":7", echo)
	for _, h := range []*lab.Host{w.client, third} {
		for _, network := range []string{"tcp4", "tcp6"} {
			c, err := h.Dial(network, "server:7")
			if err != nil {
				t.Fatalf("%s: %v", h.Name(), err)
			}
			if back, err := exchange(c, []byte(h.Name())); err != nil || string(back) != h.Name() {
				t.Errorf("%s: got %q, %v", h.Name(), back, err)
			}
		}
	}
	w.end()
	want := map[string]bool{
		"client > server at server": true, "server > client at client": true,
		"third > server at server": true, "server > third at third": true,
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("arrivals: %v", seen)
	}
}

// TestMTU: no packet is larger, for TCP by its segment size and for UDP by
// fragments, and everything arrives.
func TestMTU(t *testing.T) {
	for _, c := range []struct {
		mtu     int
		network string
	}{{576, "4"}, {1280, "6"}, {1500, "4"}, {9000, "4"}, {9000, "6"}} {
		t.Run(fmt.Sprint(c.mtu, " IPv", c.network), func(t *testing.T) {
			longest, fragments := 0, 0
			cfg := wire()
			cfg.MTU = c.mtu
			cfg.Observe = func(e lab.Event) {
				longest = max(longest, len(e.Bytes)-14)
				var p packet.Packet
				count(&fragments, e.Stage == lab.Sent && p.Parse(packet.LinkEthernet, e.Bytes) == packet.Fragment)
			}
			prefixes := []string{"10.0.0.%d/24", "fd00::%d/64"}
			if c.mtu < lab.MinMTU6 {
				prefixes = prefixes[:1]
			}
			w := smallWorld(t, cfg, prefixes...)
			w.serve(":7", echo)
			w.servePackets(":7")
			data := pattern(20_000)
			if back, err := exchange(w.dial("tcp"+c.network, "server:7"), data); err != nil || !bytes.Equal(back, data) {
				t.Errorf("TCP: %d bytes came back, %v", len(back), err)
			}
			if fragments != 0 {
				t.Errorf("TCP was sent in %d fragments", fragments)
			}
			u := w.dial("udp"+c.network, "server:7")
			u.Write(data)
			back := make([]byte, 64<<10)
			n, err := u.Read(back)
			if err != nil || !bytes.Equal(back[:n], data) {
				t.Errorf("UDP: %d bytes came back, %v", n, err)
			}
			if fragments < 2*len(data)/c.mtu {
				t.Errorf("UDP was sent in %d fragments", fragments)
			}
			if longest > c.mtu || longest < c.mtu-8 {
				t.Errorf("the longest packet has %d bytes", longest)
			}
		})
	}
}

// TestFragments: a lost fragment loses its datagram, and no other: the fragments
// of the next do not fill the gap.
func TestFragments(t *testing.T) {
	for _, c := range []struct {
		network string
		mtu     int
		which   lab.Which
	}{{"udp4", 576, lab.Frames.Nth(4)}, {"udp6", 1280, lab.Frames.Nth(4)}} {
		cfg := wire(lab.Lose(c.which))
		cfg.MTU = c.mtu
		prefixes := []string{"10.0.0.%d/24", "fd00::%d/64"}
		if c.network == "udp4" {
			prefixes = prefixes[:1]
		}
		w := smallWorld(t, cfg, prefixes...)
		pc, err := w.server.ListenPacket(c.network, ":7")
		if err != nil {
			t.Fatal(err)
		}
		u := w.dial(c.network, "server:7")
		for _, b := range []byte{0, 1} {
			u.Write(bytes.Repeat([]byte{b}, 5*c.mtu/2))
			w.client.Sleep(100 * time.Millisecond)
		}
		got := make([]byte, 64<<10)
		pc.SetReadDeadline(w.server.Now().Add(time.Second))
		n, _, err := pc.ReadFrom(got)
		if want := bytes.Repeat([]byte{1}, 5*c.mtu/2); err != nil || !bytes.Equal(got[:n], want) {
			t.Errorf("%s: %d bytes arrived, the first is %d, %v", c.network, n, got[0], err)
		}
		if n, _, err := pc.ReadFrom(got); err == nil {
			t.Errorf("%s: %d bytes more", c.network, n)
		}
	}
}

// smallWorld is newWorld with the prefixes that it is told.
func smallWorld(t *testing.T, cfg lab.Config, prefixes ...string) *world {
	t.Helper()
	n, err := lab.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Network: n, t: t}
	t.Cleanup(w.end)
	for i, h := range []**lab.Host{&w.client, &w.server} {
		var own []string
		for _, p := range prefixes {
			own = append(own, fmt.Sprintf(p, i+1))
		}
		*h = w.host([]string{"client", "server"}[i], own...)
	}
	return w
}

// TestRefused: what a network or a host cannot be is said when it is made.
func TestRefused(t *testing.T) {
	for _, cfg := range []lab.Config{
		{MTU: 67}, {MTU: 65536}, {MTU: -1},
		{Latency: -1}, {Latency: 2 * time.Minute}, {Frames: -1},
		{TCP: lab.TCP{Congestion: "vegas"}}, {TCP: lab.TCP{RACK: true}},
		{TCP: lab.TCP{Receive: 1}}, {TCP: lab.TCP{Send: 1 << 30}}, {TCP: lab.TCP{MinRTO: -1}},
		{Rules: []lab.Rule{lab.Lose(lab.Data.Share(1.5))}},
		{Rules: []lab.Rule{lab.Lose(lab.Data.Share(math.NaN()))}},
		{Rules: []lab.Rule{lab.Lose(lab.Data.Range(3, 2))}},
		{Rules: []lab.Rule{lab.Lose(lab.Data.Nth(0))}}, {Rules: []lab.Rule{lab.Lose(lab.Data.Range(0, 2))}},
		{Rules: []lab.Rule{lab.Delay(lab.Data, time.Hour)}},
	} {
		if n, err := lab.New(cfg); err == nil {
			n.Close()
			t.Errorf("taken: %+v", cfg)
		}
	}
	n, err := lab.New(lab.Config{MTU: 1279})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for _, c := range []struct{ name, prefix string }{
		{"", "10.0.0.1/24"}, {"all", "10.0.0.1/24"}, {"x", "fd00::1/64"}, {"x", "::ffff:10.0.0.1/120"},
	} {
		if _, err := n.Host(c.name, netip.MustParsePrefix(c.prefix)); err == nil {
			t.Errorf("host %q with %s was taken", c.name, c.prefix)
		} else {
			t.Log(err)
		}
	}
	if _, err := n.Host("x", netip.MustParsePrefix("10.0.0.1/24")); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Host("x", netip.MustParsePrefix("10.0.0.2/24")); err == nil {
		t.Error("two hosts of one name")
	}
}

// TestEchoPackage: this project's server and client, on the lab's clock.
func TestEchoPackage(t *testing.T) {
	w := newWorld(t, wire())
	idle := make(chan tcpecho.Event, 10)
	s := &tcpecho.Server{Clock: w.server, IdleTimeout: time.Minute, OnEvent: func(e tcpecho.Event) { idle <- e }}
	l := w.listen(":7")
	w.apps.Go(func() { s.Serve(l) })
	c := &tcpecho.Client{Conn: w.dial("tcp", "server:7"), Clock: w.client}
	data := pattern(1 << 20)
	var back bytes.Buffer
	x, err := c.Send(context.Background(), bytes.NewReader(data), &back)
	if err != nil || !bytes.Equal(back.Bytes(), data) {
		t.Errorf("%d bytes came back, %v", back.Len(), err)
	}
	if x.First < 20*time.Millisecond || x.First > time.Second {
		t.Errorf("the first byte came after %v of a round trip of 20ms", x.First)
	}
	c.Close()

	silent := w.dial("tcp", "server:7")
	start := w.Elapsed()
	_, err = silent.Read(make([]byte, 1))
	if took := w.Elapsed() - start; err == nil || took < time.Minute || took > 2*time.Minute {
		t.Errorf("a silent connection ended after %v with %v, want a minute", took, err)
	}
	silent.Close()
	s.Close()
}

// TestHTTP: net/http's server and client run unchanged.
func TestHTTP(t *testing.T) {
	w := newWorld(t, wire(lab.Lose(lab.Data.Nth(2))))
	s := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "hello "+r.RemoteAddr)
	})}
	l := w.listen(":80")
	w.apps.Go(func() { s.Serve(l) })
	transport := &http.Transport{DialContext: w.client.DialContext}
	defer transport.CloseIdleConnections()
	for range 3 {
		answer, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get("http://server/")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if got, want := string(body), "hello 10.0.0.1:49152"; err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	s.Close()
}
