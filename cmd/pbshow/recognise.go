package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"onwire/pbwire"
	"onwire/wire"
)

// A recognised is what bytes are that are not one bare message.
type recognised struct {
	what string // "base64"
	as   string // what --as makes messages of it; "" if nothing does
	next string // if as is "": what to do
	skip int    // if as is "": leave out so many bytes first; 0 is none
}

// recogniseDepth bounds the forms inside each other, as gzip in base64.
const recogniseDepth = 3

// recognise finds out what data is, which is no message, or nil. Text as a
// student may have pasted it is looked at first.
func recognise(data []byte) *recognised { return recogniseAt(data, 0) }

func recogniseAt(data []byte, depth int) *recognised {
	if len(data) == 0 || depth == recogniseDepth {
		return nil
	}
	if r := recogniseText(data, depth); r != nil {
		return r
	}
	return recogniseBytes(data, depth)
}

// within returns what the name of a form makes of data, with the forms that
// are inside. It is nil where read fails, or where sure is not set and no
// message comes out.
func within(name string, data []byte, depth int, sure bool) *recognised {
	f := wrappingNamed(name)
	inner, err := f.read(data)
	if err != nil || len(inner) == 0 {
		return nil
	}
	r := &recognised{what: f.what, as: f.name}
	if isMessage(inner) {
		return r
	}
	switch in := recogniseAt(inner, depth+1); {
	case in != nil && in.as != "":
		return &recognised{what: f.what + " of " + in.what, as: f.name + "," + in.as}
	case in != nil:
		return &recognised{what: f.what + " of " + in.what, next: in.next}
	case sure:
		return r
	}
	return nil
}

var (
	jsonKey   = regexp.MustCompile(`(?s)^\s*\{.*\}\s*$|(?s)^\s*\[\s*[{"].*\]\s*$`)
	decimals  = regexp.MustCompile(`^\s*\[\s*-?\d{1,3}(\s*,\s*-?\d{1,3})*\s*,?\s*\]?\s*$`)
	escapes   = regexp.MustCompile(`\\(x[0-9a-fA-F]{1,2}|[0-7]{3})`)
	buffer    = regexp.MustCompile(`^\s*<Buffer ((?:[0-9a-f]{2} ?)+)>\s*$`)
	protoFile = regexp.MustCompile(`(?m)^\s*(syntax\s*=|edition\s*=|message\s+\w+\s*\{|package\s+[\w.]+\s*;)`)
	textproto = regexp.MustCompile(`^\s*[A-Za-z_]\w*\s*(:\s+\S|:\s*["']|\{)`)
	wordOf64  = regexp.MustCompile(`^[A-Za-z0-9+/_\s-]+=*\s*$`)
)

// recogniseText looks at what can be read.
func recogniseText(data []byte, depth int) *recognised {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return &recognised{what: "text in UTF-16, as > of PowerShell writes it", next: "if it is hex digits, add --hex; bytes that went through > are lost: write them with -o FILE"}
	}
	text := string(data[:min(len(data), 1<<20)])
	if !utf8.ValidString(text) || strings.IndexFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0x7f }) >= 0 {
		return nil
	}
	if m := buffer.FindStringSubmatch(text); m != nil {
		return &recognised{what: "a Buffer as Node prints it", next: "pbshow raw " + m[1]}
	}
	switch {
	case strings.TrimSpace(text) == "" && depth == 0:
		return &recognised{what: "white space", next: "give the bytes in hex, or name a file"}
	case protoFile.MatchString(text):
		return &recognised{what: "a .proto file, which describes messages", next: "'pbshow check FILE.proto' checks it; 'pbshow decode -p FILE.proto BYTES' reads bytes with it"}
	case strings.HasPrefix(text, "-----BEGIN "):
		return &recognised{what: "PEM, as certificates and keys are written", next: "it is no Protobuf: 'openssl x509 -text' reads certificates"}
	case decimals.MatchString(text) && strings.Contains(text, "["):
		return within("decimal", data, depth, true)
	case jsonKey.MatchString(text) && json.Valid([]byte(text)):
		return &recognised{what: "JSON, which is text", next: "'pbshow encode -p FILE.proto JSON' makes bytes of it"}
	case escapes.MatchString(text):
		if r := within("escaped", data, depth, true); r != nil {
			return r
		}
	case strings.HasPrefix(strings.TrimSpace(text), "<"):
		return &recognised{what: "XML or HTML, which is text", next: "was this the answer of a web server? Ask it for application/x-protobuf"}
	}
	if parsed, err := parseHex(text); err == nil && len(parsed) > 0 {
		if dumped, err := parseDump(data); err != nil || len(dumped) == len(parsed) {
			return within("hex", data, depth, true)
		}
	}
	if r := within("dump", data, depth, true); r != nil {
		return r
	}
	if wordOf64.MatchString(text) || strings.HasPrefix(text, "data:") {
		// Most words are base64 too: without padding, or a length with letters
		// of both cases and digits, a message has to come out.
		word := strings.TrimSpace(text)
		mixed := strings.ContainsAny(word, "0123456789+/_") && strings.ContainsAny(word, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		sure := strings.HasSuffix(word, "=") || strings.HasPrefix(word, "data:") || len(word) >= 16 && mixed && !strings.Contains(word, " ")
		if sure || len(word) >= 3 && word != strings.ToLower(word) {
			if r := within("base64", data, depth, sure); r != nil {
				return r
			}
		}
	}
	if textproto.MatchString(text) && strings.ContainsAny(text, ":{") {
		return &recognised{what: "Protobuf's text format", next: "'pbshow encode -p FILE.proto JSON' makes bytes of the same object in JSON"}
	}
	return nil
}

// magics are what files of other formats start with.
var magics = []struct{ start, what, next string }{
	{"PRI * HTTP/2.0", "the start of an HTTP/2 connection", "'grpcshow frames FILE' shows its frames"},
	{"HTTP/1.", "an HTTP/1 response", "'httpshow parse FILE' reads it; the body alone may be Protobuf"},
	{"POST /", "an HTTP/1 request", "'httpshow parse FILE' reads it; the body alone may be Protobuf"},
	{"GET /", "an HTTP/1 request", "'httpshow parse FILE' reads it"},
	{"\xa1\xb2\xc3\xd4", "a capture (pcap)", "'grpcshow frames FILE' shows the gRPC in it, 'portmux read FILE' the flows"},
	{"\xd4\xc3\xb2\xa1", "a capture (pcap)", "'grpcshow frames FILE' shows the gRPC in it, 'portmux read FILE' the flows"},
	{"\n\r\r\n", "a capture (pcapng)", "'grpcshow frames FILE' shows the gRPC in it, 'portmux read FILE' the flows"},
	{"\x28\xb5\x2f\xfd", "zstd, a compression", "'zstd -d' undoes it"},
	{"BZh", "bzip2, a compression", "'bzip2 -d' undoes it"},
	{"\xfd7zXZ\x00", "xz, a compression", "'xz -d' undoes it"},
	{"\x04\x22\x4d\x18", "LZ4, a compression", "'lz4 -d' undoes it"},
	{"\xff\x06\x00\x00sNaPpY", "Snappy, a compression", "undo it first"},
	{"PK\x03\x04", "a zip archive", "take the file out of it first"},
	{"\x89PNG", "a picture (PNG)", "is it the right file?"},
	{"\x16\x03", "TLS", "what is inside cannot be read"},
	{"%PDF", "a PDF document", "is it the right file?"},
	{"\x7fELF", "a program", "is it the right file?"},
	{"\xef\xbb\xbf", "text with a byte order mark", "give the bytes themselves, or hex digits with --hex"},
}

// recogniseBytes looks at what cannot be read.
func recogniseBytes(data []byte, depth int) *recognised {
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.start)) {
			return &recognised{what: m.what, next: m.next}
		}
	}
	switch {
	case bytes.HasPrefix(data, []byte("\x1f\x8b\x08")):
		if r := within("gzip", data, depth, true); r != nil {
			return r
		}
		return &recognised{what: "gzip, and cut off or damaged", next: "copy all of it"}
	case len(data) > 2 && data[0]&0x0f == 8 && data[0]>>4 <= 7 && binary.BigEndian.Uint16(data)%31 == 0:
		if r := within("zlib", data, depth, false); r != nil {
			return r
		}
	}
	if r := recogniseFrame(data); r != nil {
		return r
	}
	for _, name := range []string{"grpc", "delimited"} {
		if f := wrappingNamed(name); splits(f, data) > 0 {
			return &recognised{what: f.what, as: name}
		}
	}
	if n := uint64(len(data)); n >= prefixLen && data[0] == 0 && binary.BigEndian.Uint32(data[1:]) < 16<<20 && uint64(binary.BigEndian.Uint32(data[1:])) > n-prefixLen {
		return &recognised{what: "a gRPC message after its prefix of 5 bytes, and cut off", as: "grpc"}
	}
	if bytes.Contains(data, []byte("\xef\xbf\xbd")) {
		return &recognised{what: "bytes that were copied as text: ef bf bd is in place of what is not UTF-8", next: "what was there is lost: copy them as hex or base64"}
	}
	return nil
}

// recogniseFrame looks for other things that come before a message: the header
// of an HTTP/2 frame, or a length of fixed size.
func recogniseFrame(data []byte) *recognised {
	const header = 9 // of a frame, RFC 9113 4.1
	if len(data) > header+prefixLen && int(data[0])<<16|int(data[1])<<8|int(data[2]) == len(data)-header && data[3] == 0 && splits(wrappingNamed("grpc"), data[header:]) > 0 {
		return &recognised{what: "a DATA frame of HTTP/2: 9 bytes of header, then a gRPC message after its prefix", as: "grpc", skip: header}
	}
	for _, size := range []int{4, 2} {
		if len(data) <= size || !isMessage(data[size:]) {
			continue
		}
		n := uint64(len(data) - size)
		little, big := uint64(binary.LittleEndian.Uint16(data)), uint64(binary.BigEndian.Uint16(data))
		if size == 4 {
			little, big = uint64(binary.LittleEndian.Uint32(data)), uint64(binary.BigEndian.Uint32(data))
		}
		if n == little || n == big {
			return &recognised{what: fmt.Sprintf("a message after its length in %d bytes", size), skip: size}
		}
	}
	return nil
}

// splits returns how many messages a form finds in data, none unless all of it
// is messages and one at least has something in it.
func splits(f *wrapping, data []byte) int {
	n, filled := 0, false
	err := f.split(data, func(p piece) error {
		n++
		filled = filled || len(p.data) > 0
		return messageError(p.data)
	})
	if err != nil || !filled {
		return 0
	}
	return n
}

func isMessage(data []byte) bool { return messageError(data) == nil }

// messageError returns what is wrong with a message, nil if it is one.
func messageError(data []byte) error {
	d := pbwire.NewDecoder(data)
	for d.Next() {
	}
	return d.Err()
}

// recogniseToo finds what a right message may be besides, or nil: text that
// reads as a message by chance, and a stream of two messages at least.
func recogniseToo(data []byte) *recognised {
	if r := recogniseText(data, 0); r != nil && len(data) > 2 {
		return r
	}
	if f := wrappingNamed("delimited"); splits(f, data) > 1 {
		return &recognised{what: f.what, as: f.name}
	}
	return nil
}

// command returns the words for a shell that read the input in another form.
func (in *input) command(args []string, r *recognised, data []byte) string {
	words := []string{"pbshow", "raw"}
	if in.verb != nil {
		words = in.verb
	}
	if in.text {
		words = append(words, "--hex")
	}
	as := r.as
	if in.as != "" {
		as = in.as + "," + as
	}
	if as != "" {
		words = append(words, "--as", as)
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	if r.skip > 0 && r.skip < len(data) && len(data) <= 64 {
		args = []string{fmt.Sprintf("%x", data[r.skip:])}
	}
	for _, a := range args {
		words = append(words, quoted(a))
	}
	return strings.Join(words, " ")
}

// quoted returns a word as a shell takes it.
func quoted(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:,=+@") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(wire.Escape(word), "'", `'\''`) + "'"
}

// hint says what the input looks like, and what to type.
func (in *input) hint(r *recognised, args []string, data []byte) string {
	switch {
	case r.next != "":
		return fmt.Sprintf("it looks like %s: %s", r.what, r.next)
	case r.skip > 0 && len(data) > 64:
		return fmt.Sprintf("it looks like %s: leave out the first %d bytes", r.what, r.skip)
	}
	return fmt.Sprintf("it looks like %s: %s", r.what, in.command(args, r, data))
}
