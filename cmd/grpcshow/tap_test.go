package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onwire/greeter/frames"
	"onwire/greeter/frames/hpack"
	"onwire/internal/cli"
	"onwire/internal/tap"
	"onwire/wire"

	"github.com/google/go-cmp/cmp"
)

// A shownFrame is what --json says of a frame.
type shownFrame struct {
	Event, Type, From, Hex, Error, Label string
	Connection, Number, Length           int
	Stream                               uint32
	Headers                              []headerRecord
	GRPCStatus                           *int `json:"grpc_status"`
	Fields                               []jsonField
}

type jsonField struct {
	Name, Value string
	Fields      []jsonField
}

// showFrames runs frames on a file.
func showFrames(t *testing.T, file string, args ...string) (list []shownFrame) {
	t.Helper()
	code, out, errs := run(t, t.Context(), append([]string{"--json", "frames", file}, args...)...)
	if code != 0 {
		t.Fatalf("frames %s: exit %d: %s", file, code, errs)
	}
	for line := range strings.Lines(out) {
		var f shownFrame
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if f.Event == "frame" {
			list = append(list, f)
		}
	}
	return list
}

// TestTap: what the tap shows as it happens is what frames shows of its files,
// and an interrupt ends it well.
func TestTap(t *testing.T) {
	server, dir := startServer(t), t.TempDir()
	record, pcap := filepath.Join(dir, "said.jsonl"), filepath.Join(dir, "said.pcapng")
	s := startCommand(t, "tap", "--listen", "127.0.0.1:0", "--to", server, "--record", record, "--pcap", pcap)
	for _, args := range [][]string{{"SayHello"}, {"LotsOfReplies"}, {"LotsOfGreetings"}, {"BidiHello"}, {"SayHello", "--name", ""}, {"Nope"}} {
		run(t, t.Context(), append([]string{"call", "--to", s.addr}, args...)...)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("an interrupted tap exits with %d", code)
	}
	var live []shownFrame
	for line := range s.lines {
		var f shownFrame
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if f.Event == "frame" {
			live = append(live, f)
		}
	}
	if d := cmp.Diff(live, showFrames(t, record)); d != "" {
		t.Errorf("live, and recorded:\n%s", d)
	}
	if d := cmp.Diff(live, showFrames(t, pcap)); d != "" {
		t.Errorf("live, and in the capture:\n%s", d)
	}
	var ends []string
	for _, f := range live {
		if f.Error != "" {
			t.Errorf("%s: %s", f.Label, f.Error)
		}
		if f.GRPCStatus != nil {
			ends = append(ends, fmt.Sprintf("%d %d", f.Connection, *f.GRPCStatus))
		}
	}
	if got := strings.Join(ends, ", "); got != "1 0, 2 0, 3 0, 4 0, 5 3, 6 12" {
		t.Errorf("the calls end with %s", got)
	}
}

// TestTapBlockedScreen: nobody reads what the tap prints, and calls pass.
func TestTapBlockedScreen(t *testing.T) {
	server := startServer(t)
	r, w := io.Pipe()
	addr := make(chan string, 1)
	ended := make(chan int, 1)
	go func() {
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: w, Stderr: io.Discard}
		ended <- cli.Run(t.Context(), newCommand, env, []string{"--json", "tap", "--listen", "127.0.0.1:0", "--to", server})
	}()
	go func() { // reads the first line, and no more
		var l struct{ Addr string }
		json.NewDecoder(io.LimitReader(r, 80)).Decode(&l)
		addr <- l.Addr
	}()
	at := <-addr
	for range 4 {
		if code, _, errs := run(t, t.Context(), "call", "--to", at, "-n", "500"); code != 0 {
			t.Fatal(errs)
		}
	}
	r.CloseWithError(errors.New("the screen is gone"))
	if code := <-ended; code != 1 {
		t.Errorf("exit %d", code)
	}
}

// TestNoteSize: what a queue may hold is bounded for headers of a byte too.
func TestNoteSize(t *testing.T) {
	f := &frames.Frame{Bytes: make([]byte, 1009), Block: make([]byte, 1000), Headers: make([]hpack.Representation, 1000)}
	if n := size(f); n < 100_000 {
		t.Errorf("a frame with 1000 headers counts %d bytes", n)
	}
}

// TestRecorderBound: a server that never ends does not fill the memory.
func TestRecorderBound(t *testing.T) {
	r := newRecorder(func() time.Duration { return 0 })
	r.feed(frames.Server, []byte(settings))
	data := append([]byte("\x0f\x00\x00\x00\x00\x00\x00\x00\x01"), make([]byte, 0xf0000)...)
	for range 100 {
		r.feed(frames.Server, data)
	}
	if kept, left := r.take(); len(kept)+left != 101 || left < 30 {
		t.Errorf("%d frames are kept, %d left out", len(kept), left)
	}
	small := bytes.Repeat([]byte("\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01"), 1000) // WINDOW_UPDATE
	for range 1000 {
		r.feed(frames.Server, small)
	}
	if kept, left := r.take(); len(kept) > 400_000 || len(kept)+left != 1_000_000 {
		t.Errorf("of a million small frames %d are kept, %d left out", len(kept), left)
	}
	r.feed(frames.Server, []byte(settings))
	if kept, left := r.take(); len(kept) != 1 || left != 0 {
		t.Errorf("then %d are kept, %d left out", len(kept), left)
	}
}

// saidBy returns the events of a connection that says these things by turns.
func saidBy(whole bool, turns ...string) []tap.Event {
	a := netip.MustParseAddrPort("127.0.0.1:50000")
	b := netip.MustParseAddrPort("127.0.0.1:8888")
	list := []tap.Event{{Kind: tap.Open, Conn: 1, Client: a, Server: b, Whole: whole}}
	for i, text := range turns {
		list = append(list, tap.Event{Kind: tap.Data, Conn: 1, From: tap.Side(i % 2), Bytes: []byte(text)})
	}
	return list
}

// TestWatcher: what becomes of connections that are not as they should be.
func TestWatcher(t *testing.T) {
	const response = "\x00\x00\x01\x01\x05\x00\x00\x00\x01" + "\x88"
	end := func(from tap.Side, err error) tap.Event {
		return tap.Event{Kind: tap.End, Conn: 1, From: from, Err: err}
	}
	gap := tap.Event{Kind: tap.Gap, Conn: 1, From: tap.Client, N: 7}
	for _, tt := range []struct {
		name   string
		events []tap.Event
		want   string
	}{
		{"whole", append(saidBy(true, clientSide, settings+response), end(0, nil), end(1, nil)), "open; frame 1; frame 2; frame 3; frame 4; frame 5; closed"},
		{"the server first, and no SYN", saidBy(false, settings, clientSide), "open; frame 1 server; frame 2; frame 3; frame 4"},
		{"a gap, then more", append(saidBy(true, clientSide), gap, saidBy(true, update)[1]), "open; frame 1; frame 2; frame 3; blind: client byte 45: 7 bytes are missing: where the next frame starts is not known (RFC 9113 4.1)"},
		{"cut", append(saidBy(true, clientSide[:30]), end(0, nil)), "open; frame 1; cut: client byte 24: the end comes inside a frame: 3 bytes are missing (RFC 9113 4.1)"},
		{"never ends", saidBy(true, clientSide[:30]), "open; frame 1; cut: client byte 24: the end comes inside a frame: 3 bytes are missing (RFC 9113 4.1)"},
		{"broken off", append(saidBy(true, clientSide), end(1, net.ErrClosed), end(0, errors.New("reset"))), "open; frame 1; frame 2; frame 3; closed: reset"},
		{"HTTP/1.1, told once", saidBy(true, "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n"), "open; blind: client byte 0: the client does not start with the preface: it looks like a request in HTTP/1.1 (RFC 9113 3.4)"},
		{"TLS", saidBy(true, "\x16\x03\x01\x02\x00\x01"), "open; blind: client byte 0: the client does not start with the preface: it looks like TLS, whose inside cannot be seen (RFC 9113 3.4)"},
		{"in the middle", saidBy(false, ack, ack), "open; blind: client byte 0: the client does not start with the preface: it starts with 0000000401000000 (RFC 9113 3.4); its start is not here"},
		{"in the middle, the server first", []tap.Event{
			{Kind: tap.Open, Conn: 1, Client: netip.MustParseAddrPort("127.0.0.1:8888"), Server: netip.MustParseAddrPort("127.0.0.1:50000")},
			{Kind: tap.Data, Conn: 1, Bytes: []byte(ack)},
		}, "open; blind: server byte 0: the server's first frame is not SETTINGS: it is an ACK of them (RFC 9113 3.4); its start is not here"},
		{"refused", []tap.Event{{Kind: tap.Refused, Conn: 1, Err: errors.New("no")}}, "refused: no"},
	} {
		var got []string
		w := watcher{tell: func(n note) {
			text := string(n.kind)
			if n.kind == noteFrame {
				text += fmt.Sprintf(" %d", n.number)
				if n.number == 1 && n.from == frames.Server {
					text += " server"
				}
				if err := wire.Check(n.frame.Fields(), 8*len(n.frame.Bytes)); err != nil {
					t.Error(err)
				}
			}
			if n.err != nil {
				text += ": " + n.err.Error()
			}
			got = append(got, text)
		}}
		for _, e := range tt.events {
			w.watch(e)
		}
		w.close()
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestSilentWatcher: a connection that is no HTTP/2 is left out, but one with
// frames of one side says why the other has none.
func TestSilentWatcher(t *testing.T) {
	for _, tt := range []struct {
		events []tap.Event
		want   string
		other  int
	}{
		{saidBy(true, "GET / HTTP/1.1\r\n"), "", 1},
		{saidBy(false, ack, settings), "open blind frame", 0},
	} {
		var got []string
		w := watcher{silent: true, tell: func(n note) { got = append(got, string(n.kind)) }}
		for _, e := range tt.events {
			w.watch(e)
		}
		w.close()
		if got := strings.Join(got, " "); got != tt.want || w.other != tt.other {
			t.Errorf("got %s, and %d others; want %s, %d", got, w.other, tt.want, tt.other)
		}
	}
}

// TestFramesSilent: a capture with other traffic shows HTTP/2 only, and says
// how much is left out.
func TestFramesSilent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mixed.pcapng")
	var b bytes.Buffer
	c, err := tap.NewCapture(&b, "test")
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"GET / HTTP/1.1\r\n", clientSide} {
		for _, e := range saidBy(true, text) {
			e.Conn = i + 1
			e.Client = netip.AddrPortFrom(e.Client.Addr(), uint16(50000+i))
			e.T = time.Unix(1, 0)
			if err := c.Write(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Flush()
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := run(t, t.Context(), "--color", "never", "frames", file)
	if code != 0 || errs != "" || !strings.HasSuffix(out, "\n1 connection is not shown: no HTTP/2 from its start\n") || strings.Count(out, "connection 2") != 1 || strings.Contains(out, "connection 1 ") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	code, out, errs = run(t, t.Context(), "frames", "--port", "50000", file)
	if code != 1 || !strings.Contains(errs, "it looks like a request in HTTP/1.1") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
