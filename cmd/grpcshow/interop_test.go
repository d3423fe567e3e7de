package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onwire/greeter/frames"
	"onwire/internal/interop"
	"onwire/internal/tap"
	"onwire/wire/packet"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

const (
	clients = "../../greeter/clients"
	protos  = "../../greeter/hello"
)

// peer runs a program of others for a minute at most, and returns what it
// prints.
func peer(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.WaitDelay = dir, time.Second
	c.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", c, err, out)
	}
	return string(out)
}

const tenReplies = `Hello, Cindy! 0
Hello, Cindy! 1
Hello, Cindy! 2
Hello, Cindy! 3
Hello, Cindy! 4
Hello, Cindy! 5
Hello, Cindy! 6
Hello, Cindy! 7
Hello, Cindy! 8
Hello, Cindy! 9
`

const rest = `Hello, Alice! Hello, Bob! Hello, Cindy! 
Hello, Dora!
Hello, Emil!
INVALID_ARGUMENT the name is empty
DEADLINE_EXCEEDED
`

// python returns Debian's Python with gRPC, and what makes code for it.
func python(t *testing.T) string {
	t.Helper()
	py := interop.Python(t, "grpc", "python3-grpcio")
	interop.Find(t, "protoc", "protobuf-compiler")
	interop.Find(t, "grpc_python_plugin", "protobuf-compiler-grpc")
	return py
}

// TestInteropPython: the course's Python client, on Debian's grpcio.
func TestInteropPython(t *testing.T) {
	py := python(t)
	s := startServe(t)
	got := peer(t, filepath.Join(clients, "python"), py, "client.py", s.addr)
	if want := "Hello, Alice!\nthe call is on its way\nHello, Bob!\n" + tenReplies + rest; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, want := range []string{"SayHello", "SayHello", "LotsOfReplies", "LotsOfGreetings", "BidiHello", "SayHello"} {
		if o := s.next(t); o["method"] != "/hello.Greeter/"+want {
			t.Errorf("the server saw %v, want %s", o, want)
		}
	}
}

// TestInteropPythonServer: call talks to a server in Python.
func TestInteropPythonServer(t *testing.T) {
	c := exec.Command(python(t), "server.py", "127.0.0.1:0")
	c.Dir, c.Env = filepath.Join(clients, "python"), append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Scan()
	addr, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok {
		t.Fatalf("the server says %q", lines.Text())
	}
	for _, tt := range []struct {
		args      []string
		exit      int
		out, errs string
	}{
		{[]string{"SayHello", "--name", "你好"}, 0, "Hello, 你好!\n", ""},
		{[]string{"LotsOfReplies", "--name", "Cindy"}, 0, tenReplies, ""},
		{[]string{"LotsOfGreetings"}, 0, "Hello, Alice! Hello, Bob! Hello, Cindy! \n", ""},
		{[]string{"BidiHello", "--name", "A", "--name", "B"}, 0, "Hello, A!\nHello, B!\n", ""},
		{[]string{"SayHello", "--name", ""}, 1, "", "INVALID_ARGUMENT (3): the name is empty"},
		{[]string{"Nope"}, 1, "", "UNIMPLEMENTED (12): Method not found!"},
		{[]string{"SayHello", "--timeout", "1ns"}, 1, "", "DEADLINE_EXCEEDED (4)"},
	} {
		exit, out, errs := run(t, t.Context(), append([]string{"call", "--to", addr}, tt.args...)...)
		if exit != tt.exit || !strings.HasPrefix(out, tt.out) || !strings.Contains(errs, tt.errs) {
			t.Errorf("%q: exit %d\n%s%s", tt.args, exit, out, errs)
		}
	}
}

// TestInteropNode: the course's Node client, on @grpc/grpc-js. npm fetches
// that, so it runs only where all peers are wanted.
func TestInteropNode(t *testing.T) {
	npm := interop.Find(t, "npm", "npm")
	interop.Find(t, "node", "nodejs")
	if !interop.All() {
		t.Skip("npm ci needs a network; ONWIRE_INTEROP=1 runs this")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(clients, "node"))); err != nil {
		t.Fatal(err)
	}
	proto, err := filepath.Abs(filepath.Join(protos, "hello.proto"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, n := throughTap(t, func(addr string) {
		got := peer(t, dir, npm, "--silent", "start", "--", addr, proto)
		if want := "Hello, Alice!\n" + tenReplies + rest; !strings.HasSuffix(got, want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}); n < 5 {
		t.Errorf("through the tap tshark sees %d statuses", n)
	}
}

// TestInteropGrpcurl: grpcurl finds the service by reflection, and calls it.
// It is built from its source, unless it is installed.
func TestInteropGrpcurl(t *testing.T) {
	program, err := exec.LookPath("grpcurl")
	if err != nil {
		if !interop.All() {
			t.Skip("grpcurl is not installed; ONWIRE_INTEROP=1 builds it")
		}
		program = filepath.Join(t.TempDir(), "grpcurl")
		build := exec.Command("go", "build", "-modfile=../../tools/grpcurl.mod", "-o", program, "github.com/fullstorydev/grpcurl/cmd/grpcurl")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", build, err, out)
		}
	}
	s := startServe(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{s.addr, "list"}, "hello.Greeter\n"},
		{[]string{s.addr, "describe", "hello.Greeter.LotsOfReplies"}, "rpc LotsOfReplies ( .hello.HelloRequest ) returns ( stream .hello.HelloReply );"},
		{[]string{"-d", `{"name":"Alice"}`, s.addr, "hello.Greeter/SayHello"}, `"reply": "Hello, Alice!"`},
		{[]string{"-d", `{"name":"Alice"}`, s.addr, "hello.Greeter/LotsOfReplies"}, `"reply": "Hello, Alice! 9"`},
		{[]string{"-d", `{"name":"A"} {"name":"B"}`, s.addr, "hello.Greeter/LotsOfGreetings"}, `"reply": "Hello, A! Hello, B! "`},
		{[]string{"-d", `{"name":"A"} {"name":"B"}`, s.addr, "hello.Greeter/BidiHello"}, `"reply": "Hello, B!"`},
		{[]string{"-v", "-H", "x-request-id: 7", "-d", `{"name":"A"}`, s.addr, "hello.Greeter/SayHello"}, "x-request-id: 7"},
	} {
		if got := peer(t, "", program, append([]string{"-plaintext"}, tt.args...)...); !strings.Contains(got, tt.want) {
			t.Errorf("%q: %s", tt.args, got)
		}
	}
	out, err := exec.Command(program, "-plaintext", "-d", "{}", s.addr, "hello.Greeter/SayHello").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "InvalidArgument") || !strings.Contains(string(out), "the name is empty") {
		t.Errorf("an empty name: %v, %s", err, out)
	}
	if _, _, n := throughTap(t, func(addr string) {
		peer(t, "", program, "-plaintext", "-d", `{"name":"Alice"}`, addr, "hello.Greeter/LotsOfReplies")
	}); n < 1 {
		t.Errorf("through the tap tshark sees %d statuses", n)
	}
}

// TestInteropCurl: a gRPC call is an HTTP/2 request, which curl can make.
func TestInteropCurl(t *testing.T) {
	curl := interop.Find(t, "curl", "curl")
	s := startServe(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "request"), []byte("\x00\x00\x00\x00\x07\x0a\x05Alice"), 0o600); err != nil {
		t.Fatal(err)
	}
	hello := func(addr string) string {
		return peer(t, dir, curl, "-sS", "--http2-prior-knowledge", "-H", "content-type: application/grpc", "-H", "te: trailers",
			"--data-binary", "@request", "-D", "-", "-o", "reply", "http://"+addr+"/hello.Greeter/SayHello")
	}
	headers := hello(s.addr)
	reply, err := os.ReadFile(filepath.Join(dir, "reply"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(reply), "000000000f0a0d48656c6c6f2c20416c69636521"; got != want {
		t.Errorf("the body is %s, want %s", got, want)
	}
	if !strings.HasPrefix(headers, "HTTP/2 200") || !strings.Contains(headers, "grpc-status: 0") {
		t.Errorf("headers and trailers:\n%s", headers)
	}
	if _, _, n := throughTap(t, func(addr string) { hello(addr) }); n != 1 {
		t.Errorf("through the tap tshark sees %d statuses", n)
	}
}

// TestInteropCapture: tshark finds no fault in the capture of the demo, and in
// it the frames of the ladders.
func TestInteropCapture(t *testing.T) {
	tshark := interop.Find(t, "tshark", "tshark")
	file := filepath.Join(t.TempDir(), "demo.pcapng")
	code, out, errs := run(t, t.Context(), "--json", "demo", "kinds", "ends", "--pcap", file)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var want []string
	for line := range strings.Lines(out) {
		var e struct{ Layer, From, Hex string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Layer == "HTTP/2" {
			b, err := hex.DecodeString(e.Hex)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("%s type %d flags 0x%02x stream %d length %d", e.From, b[3], b[4], binary.BigEndian.Uint32(b[5:9]), len(b)-9))
		}
	}
	read := func(args ...string) string {
		return peer(t, "", tshark, append([]string{"-n", "-r", file, "-d", "tcp.port==8888,http2", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"}, args...)...)
	}
	for _, fault := range []string{"_ws.malformed", "tcp.checksum.status != 1", "ip.checksum.status != 1", "tcp.analysis.retransmission", "tcp.analysis.lost_segment", "tcp.stream == 0 && tcp.flags.reset == 1"} {
		if got := lastLines(read("-Y", fault)); got != "" {
			t.Errorf("%s:\n%s", fault, got)
		}
	}
	var got []string
	fields := read("-Y", "http2", "-T", "json", "--no-duplicate-keys")
	var packets []struct {
		Source struct {
			Layers struct {
				IP    map[string]any `json:"ip"`
				HTTP2 any            `json:"http2"`
			} `json:"layers"`
		} `json:"_source"`
	}
	if err := json.Unmarshal([]byte(fields[strings.Index(fields, "["):]), &packets); err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		from := map[any]string{"10.0.0.1": "client", "10.0.0.2": "server"}[p.Source.Layers.IP["ip.src"]]
		for _, s := range http2Streams(p.Source.Layers.HTTP2) {
			if id, ok := s["http2.streamid"].(string); ok && id != "0" {
				flags := strings.TrimPrefix(s["http2.flags"].(string), "0x")
				got = append(got, fmt.Sprintf("%s type %s flags 0x%s stream %s length %s", from, s["http2.type"], flags, id, s["http2.length"]))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the ladders (-) and tshark (+):\n%s", diff)
	}
}

// http2Streams returns the frames in what tshark's JSON has of a packet: its
// http2 may be a list, and so may the stream in it.
func http2Streams(v any) (list []map[string]any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			list = append(list, http2Streams(x)...)
		}
	case map[string]any:
		if inner, ok := v["http2.stream"]; ok {
			return http2Streams(inner)
		}
		return []map[string]any{v}
	}
	return list
}

// A dissected is a frame as both programs tell it.
type dissected struct {
	From             string
	Type, Length     int
	Flags            int
	Stream           int
	Headers          []headerRecord
	Status, Messages string // grpc-status, and the lengths of messages
}

// tshark dissects a capture. It tells a preface as a frame of its own, too.
func tshark(t *testing.T, file, port string) (list []dissected) {
	t.Helper()
	program := interop.Find(t, "tshark", "tshark")
	c := exec.Command(program, "-r", file, "-d", "tcp.port=="+port+",http2", "-o", "tcp.reassemble_out_of_order:TRUE", "-T", "pdml")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	from, name := "", ""
	var f *dissected
	number := func(text string) int {
		n, err := strconv.ParseInt(text, 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	for d := xml.NewDecoder(bytes.NewReader(out)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]string{}
		for _, a := range start.Attr {
			at[a.Name.Local] = a.Value
		}
		switch at["name"] {
		case "tcp.srcport":
			from = "client"
			if at["show"] == port {
				from = "server"
			}
		case "http2.magic":
			list = append(list, dissected{From: from, Type: int(frames.Preface), Length: 24})
		case "http2.length":
			list = append(list, dissected{From: from, Length: number(at["show"])})
			f = &list[len(list)-1]
		case "http2.type":
			f.Type = number(at["show"])
		case "http2.flags":
			f.Flags = number(at["show"])
		case "http2.streamid":
			f.Stream = number(at["show"])
		case "http2.header.name":
			name = at["show"]
		case "http2.header.value":
			f.Headers = append(f.Headers, headerRecord{name, at["show"]})
			if name == "grpc-status" {
				f.Status = at["show"]
			}
		case "grpc.message_length":
			f.Messages += at["show"] + " "
		}
	}
}

// ours returns the frames of a file as frames shows them.
func ours(t *testing.T, file string) (list []dissected) {
	t.Helper()
	for _, f := range showFrames(t, file) {
		if f.Error != "" {
			t.Errorf("%s: %s", f.Label, f.Error)
		}
		b := unhex(t, f.Hex)
		d := dissected{From: f.From, Length: f.Length, Stream: int(f.Stream)}
		if f.Type == frames.Preface.String() {
			d.Type = int(frames.Preface)
		} else {
			d.Type, d.Flags = int(b[3]), int(b[4])
		}
		if len(f.Headers) > 0 {
			d.Headers = f.Headers
		}
		if f.GRPCStatus != nil {
			d.Status = strconv.Itoa(*f.GRPCStatus)
		}
		for _, part := range f.Fields {
			for _, sub := range part.Fields {
				if sub.Name == "Message-Length" {
					d.Messages += sub.Value + " "
				}
			}
		}
		list = append(list, d)
	}
	return list
}

// lastLines returns what tshark says, without its warning that it runs as root.
func lastLines(out string) string {
	var list []string
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "Running as user") {
			list = append(list, line)
		}
	}
	return strings.Join(list, "")
}

// TestInteropTapPython: the course's Python client, unmodified, through the
// tap. The capture that the tap makes reads in tshark as frames reads it.
func TestInteropTapPython(t *testing.T) {
	py := python(t)
	interop.Find(t, "tshark", "tshark")
	record, port, statuses := throughTap(t, func(addr string) {
		got := peer(t, filepath.Join(clients, "python"), py, "client.py", addr)
		if want := "Hello, Alice!\nthe call is on its way\nHello, Bob!\n" + tenReplies + rest; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
	if statuses < 6 {
		t.Errorf("tshark sees %d statuses", statuses)
	}

	// The same bytes in segments that are cut anywhere, and come twice.
	cut := filepath.Join(t.TempDir(), "cut.pcap")
	cutUp(t, record, cut)
	if d := cmp.Diff(tshark(t, cut, port), ours(t, cut)); d != "" {
		t.Errorf("cut up: -tshark +frames:\n%s", d)
	}
}

// throughTap lets a client talk to a server of ours through the tap, and reads
// the capture of it in tshark and in frames. It returns the recording, the
// server's port, and how many calls have a status.
func throughTap(t *testing.T, client func(addr string)) (record, port string, statuses int) {
	t.Helper()
	interop.Find(t, "tshark", "tshark")
	server, dir := startServer(t), t.TempDir()
	record, pcap := filepath.Join(dir, "said.jsonl"), filepath.Join(dir, "said.pcapng")
	s := startCommand(t, "tap", "--listen", "127.0.0.1:0", "--to", server, "--record", record, "--pcap", pcap)
	client(s.addr)
	if code := s.stop(); code != 0 {
		t.Errorf("the tap exits with %d", code)
	}
	_, port, _ = net.SplitHostPort(server)
	want := tshark(t, pcap, port)
	for _, f := range want {
		if f.Status != "" {
			statuses++
		}
	}
	if d := cmp.Diff(want, ours(t, pcap)); d != "" {
		t.Errorf("-tshark +frames:\n%s", d)
	}
	return record, port, statuses
}

// cutUp makes a capture of a recording, with small segments of which some are
// sent again, in the oldest format there is.
func cutUp(t *testing.T, record, capture string) {
	t.Helper()
	in, err := os.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	w := pcapgo.NewWriter(&out)
	if err := w.WriteFileHeader(65535, layers.LinkTypeRaw); err != nil {
		t.Fatal(err)
	}
	ends := map[int]*[2]netip.AddrPort{}
	next := map[[2]int]uint32{}
	r := rand.New(rand.NewPCG(9, 9))
	segment := func(e tap.Event, seq uint32, flags packet.Flags, data []byte) {
		src, dst := ends[e.Conn][e.From], ends[e.Conn][e.From.Other()]
		tcp := packet.TCP{SrcPort: src.Port(), DstPort: dst.Port(), Seq: seq, Flags: flags, Window: 65535, Ack: next[[2]int{e.Conn, int(e.From.Other())}]}
		b := packet.IPv4{Proto: packet.ProtoTCP, Src: src.Addr(), Dst: dst.Addr()}.Append(nil, tcp.Append(nil, src.Addr(), dst.Addr(), data))
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: e.T, CaptureLength: len(b), Length: len(b)}, b); err != nil {
			t.Fatal(err)
		}
	}
	err = tap.Replay(in, func(e tap.Event) error {
		key := [2]int{e.Conn, int(e.From)}
		switch e.Kind {
		case tap.Open:
			ends[e.Conn] = &[2]netip.AddrPort{e.Client, e.Server}
			segment(e, 0, packet.SYN, nil)
			next[key] = 1
			e.From = tap.Server
			segment(e, 0, packet.SYN|packet.ACK, nil)
			next[[2]int{e.Conn, int(tap.Server)}] = 1
		case tap.Data:
			for b := e.Bytes; len(b) > 0; {
				n := min(1+r.IntN(40), len(b))
				segment(e, next[key], packet.PSH|packet.ACK, b[:n])
				if r.IntN(4) == 0 {
					segment(e, next[key], packet.PSH|packet.ACK, b[:n])
				}
				next[key] += uint32(n)
				b = b[n:]
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(capture, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
