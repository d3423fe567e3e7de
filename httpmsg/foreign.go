package httpmsg

import (
	"bytes"
	"strings"
)

// Foreign names what b starts with if that is something that is often taken for
// HTTP/1.1 and is not: "HTTP/2", "TLS", "RTSP", "SIP", "ICY", "SSH", "PROXY"
// (the header of HAProxy), "SMTP", "IMAP", "POP3", "gzip", "capture" (a file of
// tcpdump or Wireshark), "byte order mark", "HTML", "JSON", or "HTTP/2 text", the
// lines that a client prints for HTTP/2. It is "" for anything else.
func Foreign(b []byte) string {
	for _, f := range foreign {
		if bytes.HasPrefix(b, []byte(f.start)) {
			return f.name
		}
	}
	if len(b) >= 9 && b[3] == 4 && b[4]&^1 == 0 && string(b[5:9]) == "\x00\x00\x00\x00" && b[0] == 0 && int(b[2])%6 == 0 {
		return "HTTP/2" // the SETTINGS frame that a server starts with (RFC 9113 3.4)
	}
	line, _, _ := bytes.Cut(b[:min(len(b), 1<<12)], []byte{'\n'})
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return ""
	}
	for _, protocol := range [...]string{"RTSP", "SIP"} {
		if strings.HasPrefix(words[0], protocol+"/") || len(words) == 3 && strings.HasPrefix(words[2], protocol+"/") {
			return protocol
		}
	}
	if (words[0] == "HTTP/2" || words[0] == "HTTP/3") && len(words) > 1 {
		return "HTTP/2 text"
	}
	return ""
}

var foreign = []struct{ start, name string }{
	{"PRI * HTTP/2", "HTTP/2"},
	{"\x16\x03", "TLS"}, {"\x15\x03", "TLS"}, // a handshake, an alert (RFC 8446 5.1)
	{"ICY ", "ICY"}, {"SSH-", "SSH"},
	{"PROXY ", "PROXY"}, {"\r\n\r\n\x00\r\nQUIT\n", "PROXY"},
	{"220 ", "SMTP"}, {"220-", "SMTP"}, {"EHLO ", "SMTP"}, {"HELO ", "SMTP"},
	{"* OK", "IMAP"}, {"+OK", "POP3"},
	{"\x1f\x8b", "gzip"},
	{"\xd4\xc3\xb2\xa1", "capture"}, {"\xa1\xb2\xc3\xd4", "capture"}, {"\x4d\x3c\xb2\xa1", "capture"},
	{"\xa1\xb2\x3c\x4d", "capture"}, {"\n\r\r\n", "capture"},
	{"\xef\xbb\xbf", "byte order mark"}, {"\xff\xfe", "byte order mark"}, {"\xfe\xff", "byte order mark"},
	{"<!DOCTYPE", "HTML"}, {"<!doctype", "HTML"}, {"<html", "HTML"}, {"<HTML", "HTML"},
	{"{", "JSON"}, {"[", "JSON"},
}
