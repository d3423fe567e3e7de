package main

import (
	"fmt"

	"onwire/httpmsg"
	"onwire/internal/cli"
	"onwire/internal/term"
)

// A leftRecord is what follows a message and is no message, in --json.
type leftRecord struct {
	Event      string `json:"event"`
	Connection int    `json:"connection"`
	After      int    `json:"after"` // the number of the message
	Bytes      int    `json:"bytes"`
	Hex        string `json:"hex"`
	Text       string `json:"text"`
	RFC        string `json:"rfc"`
}

// showLeft shows bytes that follow a message and are none.
func (a *app) showLeft(conn, after, at int, rest []byte, text, rfc string) {
	if a.JSON {
		a.PrintJSON(leftRecord{"left", conn, after, len(rest), hexOf(rest), text, rfc})
		return
	}
	s := a.Screen()
	s.Printf("%s  %s\n", s.Paint(term.Yellow, "left"), s.Wrap(6, fmt.Sprintf("%s (%s)", text, rfc)))
	a.leftOver(at, rest, "")
}

// left shows what the server sent after its last response, and reports whether
// there was something.
func (g *getter) left(err error) bool {
	if err != nil || g.last == nil || g.silent {
		return false
	}
	rest := g.conn.Leftover()
	if len(rest) == 0 {
		return false
	}
	n, text, rfc := g.last.Leftover(rest)
	if n == 0 {
		g.say("conn", fmt.Sprintf("connection %d is not used again: %s came after the last response, and no request was waiting for them (RFC 9112 9.2)", g.conns, term.Count(len(rest), "byte")))
		return true
	}
	g.showLeft(g.conns, g.number, g.conn.Received(), rest[:n], text.String(), rfc)
	return true
}

// cannotParse is the error for bytes that are no message, with what to use for
// what they are.
func cannotParse(b []byte, hint, format string, args ...any) error {
	if name := httpmsg.Foreign(b); name != "" {
		return cli.Failed(foreignHints[name], "%s", foreignText(name))
	}
	return cli.Failed(hint, format, args...)
}

func foreignText(name string) string {
	switch name {
	case "capture", "HTML", "JSON", "gzip", "byte order mark", "HTTP/2 text":
		return map[string]string{
			"capture": "this is a capture file, not a message", "HTML": "this is a page, that is a body without its head",
			"JSON": "this is JSON, that is a body without its head", "gzip": "this is packed by gzip, not a message",
			"byte order mark": "a byte order mark comes before the message", "HTTP/2 text": "these are lines that a client prints for HTTP/2: on the wire there are frames",
		}[name]
	}
	return "this is " + name + ", not HTTP/1.1"
}

var foreignHints = map[string]string{
	"HTTP/2":          "HTTP/2 is binary frames: 'grpcshow frames FILE' reads them, 'grpcshow tap' shows a connection",
	"HTTP/2 text":     "ask with 'curl --http1.1', or look at the frames with 'grpcshow tap'",
	"TLS":             "what is inside TLS cannot be read here; 'httpshow get https://...' shows what it hides",
	"RTSP":            "RTSP looks like HTTP and has its own version and methods (RFC 7826): tshark -Y rtsp reads it",
	"SIP":             "SIP looks like HTTP and has its own version and methods (RFC 3261): tshark -Y sip reads it",
	"ICY":             "SHOUTcast answers ICY in place of HTTP/1.0: write HTTP/1.0 there, and the rest is read",
	"SSH":             "SSH starts with its version, and is encrypted afterwards: 'ssh -v' shows what happens",
	"PROXY":           "a proxy has put its header before the request: cut it off (one line, or 16 bytes and more in version 2)",
	"SMTP":            "a mail server speaks SMTP there (RFC 5321): is the port right?",
	"IMAP":            "a mail server speaks IMAP there (RFC 9051): is the port right?",
	"POP3":            "a mail server speaks POP3 there (RFC 1939): is the port right?",
	"gzip":            "unpack it: gunzip < FILE | httpshow parse",
	"capture":         "'portmux read FILE' shows the flows in it",
	"byte order mark": "save it as UTF-8 without a byte order mark: a message starts with its first line",
	"HTML":            "a message starts with its first line: add the head, as 'curl -i' prints it",
	"JSON":            "a message starts with its first line: add the head, as 'curl -i' prints it",
}
