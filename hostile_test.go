package onwire_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"onwire/wire"

	"github.com/miekg/dns"
)

// hostile is the text of a stranger who wants to do more than be read: it sets
// the clipboard, colours with C1 controls, one of them not even UTF-8, turns
// the line around, hides in characters of no width, starts lines of its own,
// and is broken at its end. An argument of a program cannot hold NUL.
const hostile = "HOSTILE\x1b]52;c;aGk=\x07\u009b31m\x9b7m\x7f\r\u202e\u2066\u200b\ufeff\u2060\u2028\u2029\U000e0041HOSTILE\xc3"

// A delivery brings the hostile text to a verb in one way.
type delivery struct {
	command string
	verb    string // "" is the command without a verb
	by      string // how the text arrives
	args    []string
	stdin   string
	files   map[string]string // in the folder that the command runs in
	// peer, if set, is a server on loopback, TCP or UDP; "{}" in args becomes
	// its address.
	peer func(t *testing.T) string
	// visit, if set, is a client of the verb, which is a server.
	visit func(t *testing.T, bin, addr string)
}

// noStranger are the verbs that show no text from outside, and why.
var noStranger = map[string]string{
	"ipinfo ifaces":  "the system made the names of its interfaces",
	"ipinfo demo":    "shows examples of its own",
	"echo demo":      "plays in the lab, or with sockets of its own",
	"httpshow demo":  "plays in the lab",
	"grpcshow demo":  "plays in the lab",
	"pbshow demo":    "shows examples of its own",
	"httpshow rules": "prints a table of its own",
	"portmux demo":   "shows packets of its own",
	"dnslookup demo": "plays in the lab",
}

func deliveries() []delivery {
	proto := map[string]string{"m.proto": "syntax = \"proto3\"; message M { string a = 1; }"}
	httpMessage := "GET /" + hostile + " HTTP/1.1\r\nHost: " + hostile + "\r\nX-" + hostile + ": " + hostile + "\r\n\r\n"
	httpAnswer := "HTTP/1.1 200 " + hostile + "\r\nContent-Type: text/plain; x=" + hostile + "\r\nContent-Length: " + fmt.Sprint(len(hostile)) + "\r\nX-Y: " + hostile + "\r\n\r\n" + hostile
	text := valid(hostile) // a string of Protobuf, and a name of gRPC, must be UTF-8
	field := "0a" + fmt.Sprintf("%02x", len(text)) + hex.EncodeToString([]byte(text))
	quoted := strconv.QuoteToASCII(text)
	quoted = regexp.MustCompile(`\\x(..)`).ReplaceAllString(strings.ReplaceAll(strings.ReplaceAll(quoted, `\a`, `\x07`), `\U000e0041`, ""), `\u00$1`)
	list := []delivery{
		{command: "ipinfo", by: "a zone", args: []string{"fe80::1%" + hostile}},
		{command: "pbshow", by: "hex", args: []string{field}},
		{command: "pbshow", verb: "raw", by: "hex", args: []string{field}},
		{command: "pbshow", verb: "raw", by: "stdin", args: []string{"-"}, stdin: "\x0a" + string(rune(len(text))) + text},
		{command: "pbshow", verb: "decode", by: "a string", args: []string{"-p", "m.proto", field}, files: proto},
		{command: "pbshow", verb: "decode", by: "a string without a schema", args: []string{field}},
		{command: "pbshow", verb: "encode", by: "JSON", args: []string{"-p", "m.proto", `{"a":"` + hostile + `"}`}, files: proto},
		{command: "pbshow", verb: "encode", by: "an unknown key", args: []string{"-p", "m.proto", `{"` + hostile + `":1}`}, files: proto},
		{command: "pbshow", verb: "encode", by: "the name of a message", args: []string{"-p", "m.proto", "-m", hostile, `{}`}, files: proto},
		{command: "pbshow", verb: "size", by: "JSON", args: []string{"-p", "m.proto", `{"` + hostile + `":1}`}, files: proto},
		{command: "pbshow", verb: "varint", by: "a number", args: []string{hostile}},
		{command: "pbshow", verb: "check", by: "an import", args: []string{"x.proto"}, files: map[string]string{"x.proto": "syntax = \"proto3\"; import \"" + hostile + ".proto\";"}},
		{command: "pbshow", verb: "check", by: "an option", args: []string{"x.proto"}, files: map[string]string{"x.proto": "syntax = \"proto3\"; option java_package = \"" + hostile + "\" message M {}"}},

		{command: "httpshow", verb: "url", by: "a URL", args: []string{"http://h/" + hostile + "?" + hostile + "#" + hostile}},
		{command: "httpshow", verb: "url", by: "a host", args: []string{"http://" + hostile + "@" + hostile + "/"}},
		{command: "httpshow", verb: "parse", by: "a request", stdin: httpMessage},
		{command: "httpshow", verb: "parse", by: "a request, in hex", args: []string{"--hex"}, stdin: httpMessage},
		{command: "httpshow", verb: "parse", by: "a response", stdin: httpAnswer},
		{command: "httpshow", verb: "parse", by: "no HTTP", stdin: hostile + "\r\n\r\n"},
		{command: "httpshow", verb: "parse", by: "a chunk", stdin: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + hostile + "\r\nhello\r\n0\r\nT: " + hostile + "\r\n\r\n"},
		{command: "httpshow", verb: "get", by: "the answer", args: []string{"http://{}/"}, peer: tcpPeer(httpAnswer)},
		{command: "httpshow", verb: "get", by: "a redirect", args: []string{"http://{}/"}, peer: tcpPeer("HTTP/1.1 302 Found\r\nLocation: /" + hostile + "\r\nContent-Length: 0\r\n\r\n")},
		{command: "httpshow", verb: "get", by: "an answer that is no HTTP", args: []string{"http://{}/"}, peer: tcpPeer(hostile + "\r\n\r\n")},
		{command: "httpshow", verb: "get", by: "a header", args: []string{"-H", "X: " + hostile, "http://{}/"}, peer: tcpPeer("HTTP/1.1 204 No Content\r\n\r\n")},
		{command: "httpshow", verb: "serve", by: "a request", args: []string{"127.0.0.1:0"}, visit: tcpVisit("GET /HOSTILE HTTP/1.1\r\nHost: h\r\n\r\nGET /" + hostile + " HTTP/1.1\r\nHost: h\r\n\r\n")},
		{command: "httpshow", verb: "tap", by: "a request and its answer", args: []string{"--listen", "127.0.0.1:0", "--to", "{}"}, peer: tcpPeer(httpAnswer), visit: tcpVisit(httpMessage)},

		{command: "dnslookup", by: "a name", args: []string{hostile, "@{}"}, peer: dnsPeer},
		{command: "dnslookup", by: "a server", args: []string{"example.com", "@" + hostile}},
		{command: "dnslookup", by: "text in the answer", args: []string{"hostile.example", "TXT", "@{}"}, peer: dnsPeer},
		{command: "dnslookup", by: "names in the answer", args: []string{"hostile.example", "MX", "@{}"}, peer: dnsPeer},
		{command: "dnslookup", by: "the text of an extended error", args: []string{"hostile.example", "CAA", "@{}"}, peer: dnsPeer},
		{command: "dnslookup", by: "a file of roots", args: []string{"--anchor", "anchor", "--dnssec", "--lab", "www.example.cn"}, files: map[string]string{"anchor": ". IN DS " + hostile}},
		{command: "dnslookup", by: "a zone", args: []string{"--world", ".", "www.example.cn"}, files: map[string]string{"root.zone": ". 60 IN SOA a. b. 1 1 1 1 1\nx 60 IN " + hostile + " y\n"}},
		{command: "dnslookup", verb: "explain", by: "a message", args: []string{"--hex", "reply"}, files: map[string]string{"reply": string(dnsReply("hostile.example.", dns.TypeCAA, 1))}},
		{command: "dnslookup", verb: "explain", by: "names in a message", args: []string{"--hex", "reply"}, files: map[string]string{"reply": string(dnsReply("hostile.example.", dns.TypeMX, 1))}},
		{command: "dnslookup", verb: "explain", by: "the answer", args: []string{"hostile.example", "TXT", "@{}"}, peer: dnsPeer},
		{command: "dnslookup", verb: "batch", by: "a line", args: []string{"-", "@{}"}, stdin: hostile + "\n", peer: dnsPeer},
		{command: "dnslookup", verb: "batch", by: "the answers", args: []string{"-", "TXT", "@{}"}, stdin: "hostile.example\n", peer: dnsPeer},
		{command: "dnslookup", verb: "cache", by: "a line", args: []string{"--lab", "-"}, stdin: "0 " + hostile + "\n"},
		{command: "dnslookup", verb: "dnssec", by: "a name", args: []string{"--lab", hostile}},
		{command: "dnslookup", verb: "trace", by: "a name", args: []string{"--lab", hostile}},
		{command: "dnslookup", verb: "reverse", by: "an address", args: []string{hostile}},
		{command: "dnslookup", verb: "reverse", by: "the answer", args: []string{"192.0.2.1", "@{}"}, peer: dnsPeer},
		{command: "dnslookup", verb: "serve", by: "an address", args: []string{hostile}},

		{command: "echo", by: "an address", args: []string{hostile}},
		{command: "echo", verb: "serve", by: "an address", args: []string{hostile}},
		{command: "echo", verb: "load", by: "an address", args: []string{hostile}},
		{command: "echo", verb: "send", by: "an echo", args: []string{"--to", "{}", hostile}, peer: echoPeer},

		{command: "portmux", by: "a verb", args: []string{hostile}},
		{command: "portmux", verb: "why", by: "hex", args: []string{hostile}},
		{command: "portmux", verb: "why", by: "the world", args: []string{"--world", "w", "4500001e00010000401166ba0a0900010a09000204571e61000a60a46869"}, files: map[string]string{"w": hostile + "\tudp\t0.0.0.0:7777\t\n"}},
		{command: "portmux", verb: "read", by: "the name of a file", args: []string{hostile}},
		{command: "portmux", verb: "service", by: "a name", args: []string{hostile}},
		{command: "portmux", verb: "ports", by: "an argument", args: []string{hostile}},

		{command: "grpcshow", verb: "serve", by: "an address", args: []string{hostile}},
		{command: "grpcshow", verb: "serve", by: "a name and metadata", args: []string{"127.0.0.1:0"}, visit: grpcVisit},
		{command: "grpcshow", verb: "call", by: "a name that comes back", args: []string{"--to", "{}", "SayHello", "--name", text, "--wire"}, peer: grpcPeer},
		{command: "grpcshow", verb: "tap", by: "a name and metadata", args: []string{"--listen", "127.0.0.1:0", "--to", "{}"}, peer: grpcPeer, visit: grpcVisit},
		{command: "grpcshow", verb: "frames", by: "bytes of a client", args: []string{"--from", "client", "--hex", "3", "b"}, files: map[string]string{"b": http2Bytes()}},
		{command: "grpcshow", verb: "frames", by: "a recording", args: []string{"r.jsonl"}, files: map[string]string{"r.jsonl": `{"conn":1,"event":` + quoted + `}`}},
	}
	for _, verb := range []string{"classify", "contains", "convert", "diff", "explain", "range", "registry compare", "reverse", "split", "subnet", "sum"} {
		args := []string{hostile, hostile}
		switch verb {
		case "classify", "registry compare":
			args = args[:1]
		}
		list = append(list, delivery{command: "ipinfo", verb: verb, by: "an argument", args: args})
	}
	return append(list,
		delivery{command: "ipinfo", verb: "classify", by: "stdin", stdin: hostile + "\nfe80::1%" + hostile + "\n"},
		delivery{command: "ipinfo", verb: "explain", by: "a zone", args: []string{"fe80::1%" + hostile}},
		delivery{command: "ipinfo", verb: "registry compare", by: "a file", args: []string{"r.csv"}, files: map[string]string{"r.csv": "Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n1.2.3.0/24," + hostile + ",[RFC1],2020-01,N/A,True,True,True,True,False\n"}},
	)
}

// valid returns the text without what is not UTF-8, for what must be.
func valid(text string) string { return strings.ToValidUTF8(text, "") }

// TestHostileText delivers the hostile text to every command and verb, by every
// way in, as text, in colour and as JSON: it must arrive, and nothing hidden
// may reach the terminal. A verb without a delivery fails.
func TestHostileText(t *testing.T) {
	bin := buildCommands(t)
	delivered := map[string]bool{}
	for _, d := range deliveries() {
		name := strings.TrimSpace(d.command + " " + d.verb)
		delivered[name] = true
		for _, mode := range []string{"--color=never", "--color=always", "--json"} {
			t.Run(name+" by "+d.by+" "+mode, func(t *testing.T) {
				t.Parallel()
				out := d.run(t, bin, mode)
				if mode == "--color=always" {
					out = sgr.ReplaceAllString(out, "")
				}
				if !strings.Contains(out, "HOSTILE") && !strings.Contains(out, "sha256") { // what echo shows of bytes that are no text
					t.Fatalf("the text did not arrive:\n%q", out)
				}
				for i, r := range out {
					if r != '\n' && r != '\t' && (wire.Hidden(r) || r == utf8.RuneError && !strings.HasPrefix(out[i:], "\ufffd")) {
						t.Fatalf("byte %d of the output is %q:\n%q", i, out[i:min(i+4, len(out))], out[max(0, i-100):min(len(out), i+100)])
					}
				}
			})
		}
	}
	for _, verb := range verbs(t, bin) {
		if delivered[verb] == (noStranger[verb] != "") {
			t.Errorf("%s: delivered %v, and noStranger says %q", verb, delivered[verb], noStranger[verb])
		}
	}
}

// sgr matches a colour, the only escape that a command sends.
var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// verbs returns every command with every verb that its help lists.
func verbs(t *testing.T, bin string) []string {
	t.Helper()
	commands, err := filepath.Glob("cmd/*/main.go")
	if err != nil || len(commands) == 0 {
		t.Fatal("no command found", err)
	}
	var found []string
	for _, main := range commands {
		command := filepath.Base(filepath.Dir(main))
		found = append(found, listed(t, bin, command)...)
	}
	return found
}

var listedVerb = regexp.MustCompile(`(?m)^  ([a-z]+)  `)

// listed returns a command and its verbs, or a verb and the verbs below it.
func listed(t *testing.T, bin string, words ...string) []string {
	t.Helper()
	help, err := exec.Command(filepath.Join(bin, words[0]), append(words[1:], "--help")...).Output()
	if err != nil {
		t.Fatalf("%v --help: %v", words, err)
	}
	_, list, _ := strings.Cut(string(help), "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var found []string
	for _, m := range listedVerb.FindAllStringSubmatch(list, -1) {
		if m[1] != "completion" && m[1] != "help" {
			found = append(found, listed(t, bin, append(slices.Clone(words), m[1])...)...)
		}
	}
	if len(found) == 0 {
		return []string{strings.Join(words, " ")}
	}
	return found
}

// run makes the delivery, and returns all that the command prints.
func (d delivery) run(t *testing.T, bin, mode string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range d.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	peer := ""
	if d.peer != nil {
		peer = d.peer(t)
	}
	args := []string{mode}
	args = append(args, strings.Fields(d.verb)...)
	if strings.HasPrefix(d.verb, "registry") || d.command == "dnslookup" { // a flag may not stand between the verbs
		args = append(strings.Fields(d.verb), mode)
	}
	for _, a := range d.args {
		args = append(args, strings.ReplaceAll(a, "{}", peer))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(bin, d.command), args...)
	c.Dir, c.Stdin = dir, strings.NewReader(d.stdin)
	c.Env = append(os.Environ(), "COLUMNS=80", "LC_ALL=C.UTF-8", "NO_COLOR=")
	out := &output{}
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if d.visit != nil {
		d.visit(t, bin, out.wait(ctx, t, regexp.MustCompile(`127\.0\.0\.1:\d*[1-9]`)))
		out.wait(ctx, t, regexp.MustCompile("HOSTILE"))
		c.Process.Signal(os.Interrupt)
	}
	c.Wait() // most of them refuse, and say what
	if ctx.Err() != nil {
		t.Fatalf("it does not end:\n%q", out)
	}
	return out.String()
}

// An output collects what a command prints, while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed by the next Write
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more != nil {
		close(o.more)
		o.more = nil
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait returns the first match in the output, once it is there.
func (o *output) wait(ctx context.Context, t *testing.T, pattern *regexp.Regexp) string {
	t.Helper()
	for {
		o.mu.Lock()
		found := pattern.FindString(o.text.String())
		if o.more == nil {
			o.more = make(chan struct{})
		}
		more := o.more
		o.mu.Unlock()
		if found != "" {
			return found
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("%v does not come:\n%q", pattern, o)
		}
	}
}

// listen starts a TCP server on loopback that gives each connection to serve.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(30 * time.Second))
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return l.Addr().String()
}

// tcpPeer answers the first bytes of each connection, and ends it.
func tcpPeer(answer string) func(*testing.T) string {
	return func(t *testing.T) string {
		return listen(t, func(c net.Conn) {
			c.Read(make([]byte, 64<<10))
			c.Write([]byte(answer))
			c.(*net.TCPConn).CloseWrite()
			for { // or an RST would overtake the answer
				if _, err := c.Read(make([]byte, 4096)); err != nil {
					return
				}
			}
		})
	}
}

func echoPeer(t *testing.T) string {
	return listen(t, func(c net.Conn) {
		for buf := make([]byte, 4096); ; {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			c.Write(buf[:n])
		}
	})
}

// tcpVisit sends bytes to a server, and reads what comes back.
func tcpVisit(request string) func(*testing.T, string, string) {
	return func(t *testing.T, _, addr string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.Write([]byte(request))
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		c.Read(make([]byte, 4096))
	}
}

// dnsReply returns a message with the hostile text in its data.
func dnsReply(name string, qtype, id uint16) []byte {
	m := new(dns.Msg)
	m.SetQuestion(name, qtype)
	m.Id, m.Response, m.RecursionAvailable, m.Compress = id, true, true, false
	head := dns.RR_Header{Name: name, Rrtype: qtype, Class: dns.ClassINET, Ttl: 60}
	escaped := new(strings.Builder)
	for _, b := range []byte(hostile[:40]) {
		fmt.Fprintf(escaped, `\%03d`, b)
	}
	switch qtype {
	case dns.TypeTXT:
		m.Answer = append(m.Answer, &dns.TXT{Hdr: head, Txt: []string{escaped.String()}})
	case dns.TypeMX:
		m.Answer = append(m.Answer, &dns.MX{Hdr: head, Preference: 1, Mx: escaped.String() + "."})
	case dns.TypePTR:
		m.Answer = append(m.Answer, &dns.PTR{Hdr: head, Ptr: escaped.String() + "."})
	default:
		m.Rcode = dns.RcodeServerFailure
		m.SetEdns0(1232, false)
		m.IsEdns0().Option = append(m.IsEdns0().Option, &dns.EDNS0_EDE{InfoCode: 22, ExtraText: hostile})
	}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// dnsPeer answers every question with the hostile text.
func dnsPeer(t *testing.T) string {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for buf := make([]byte, 4096); ; {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			m := new(dns.Msg)
			if m.Unpack(buf[:n]) == nil && len(m.Question) == 1 {
				pc.WriteTo(dnsReply(m.Question[0].Name, m.Question[0].Qtype, m.Id), from)
			}
		}
	}()
	t.Cleanup(func() {
		pc.Close()
		<-ended
	})
	return pc.LocalAddr().String()
}
