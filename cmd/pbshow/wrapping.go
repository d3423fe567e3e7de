package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onwire/internal/cli"
	"onwire/pbwire"
)

// A wrapping is a way in which bytes are written down or wrapped. --as names the
// forms of an input, the outermost first: base64,gzip.
type wrapping struct {
	name, what string
	text       bool                         // it is text; the others are bytes
	read       func([]byte) ([]byte, error) // undoes it, or
	split      splitter                     // finds the messages in it
}

// A splitter calls show for each message of a stream, and returns its error,
// or what is wrong with the stream.
type splitter func(data []byte, show func(piece) error) error

// A piece is one message of a stream.
type piece struct {
	at   int // where the message starts in the stream, in bytes; 0 if it is not in one
	data []byte
}

// wrappings are the values of --as.
var wrappings = []wrapping{
	{name: "hex", what: "text of hex digits", text: true, read: func(b []byte) ([]byte, error) { return parseHex(string(b)) }},
	{name: "dump", what: "a hex dump", text: true, read: parseDump},
	{name: "base64", what: "base64", text: true, read: parseBase64},
	{name: "decimal", what: "a list of bytes in decimal", text: true, read: parseDecimal},
	{name: "escaped", what: "a string with escapes", text: true, read: parseEscaped},
	{name: "gzip", what: "gzip", read: gunzip},
	{name: "zlib", what: "zlib", read: inflate(func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })},
	{name: "grpc", what: "gRPC messages, each after a prefix of 5 bytes", split: splitGRPC},
	{name: "delimited", what: "length-delimited messages, each after its length in a varint", split: splitDelimited},
}

// wrappingNamed returns the form with a name, or nil.
func wrappingNamed(name string) *wrapping {
	for i := range wrappings {
		if wrappings[i].name == name {
			return &wrappings[i]
		}
	}
	return nil
}

// parseWrappings reads the value of --as.
func parseWrappings(as string) (list []wrapping, err error) {
	for name := range strings.SplitSeq(as, ",") {
		f := wrappingNamed(strings.TrimSpace(name))
		if f == nil {
			var names []string
			for _, f := range wrappings {
				names = append(names, f.name)
			}
			return nil, cli.Misuse("the forms are "+strings.Join(names, ", "), "--as %s: there is no form %q", short(as), short(name))
		}
		if n := len(list); n > 0 && (list[n-1].split != nil || f.text && !list[n-1].text) {
			return nil, cli.Misuse("name the outermost form first, as in --as base64,grpc", "--as %s: %s does not contain %s", short(as), list[n-1].name, f.name)
		}
		list = append(list, *f)
	}
	return list, nil
}

// maxInflated bounds what compressed bytes may become: a few of them can hold
// gigabytes of zeros.
const maxInflated = 16 << 20

// inflate undoes a compression.
func inflate(open func(io.Reader) (io.Reader, error)) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		r, err := open(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
		if err == nil && len(data) > maxInflated {
			err = fmt.Errorf("it holds more than %d MiB", maxInflated>>20)
		}
		return data, err
	}
}

var gunzip = inflate(func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })

// parseBase64 reads base64 as people copy it: with + and / or - and _, padded
// or not, broken into lines, after "data:...;base64,".
func parseBase64(b []byte) ([]byte, error) {
	s := string(b)
	if _, rest, ok := strings.Cut(s, ";base64,"); ok && strings.HasPrefix(s, "data:") {
		s = rest
	}
	s = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", "-", "+", "_", "/").Replace(s)
	s = strings.TrimRight(s, "=")
	return base64.RawStdEncoding.DecodeString(s)
}

// parseDecimal reads bytes as programs print an array of them: [8, 101, 18].
// Java's bytes have a sign.
func parseDecimal(b []byte) (data []byte, err error) {
	for _, w := range strings.FieldsFunc(string(b), func(c rune) bool { return strings.ContainsRune("[]{}(), \t\r\n", c) }) {
		n, err := strconv.Atoi(w)
		if err != nil || n < -128 || n > 255 {
			return nil, fmt.Errorf("%q is not a byte in decimal, -128 to 255", short(w))
		}
		data = append(data, byte(n))
	}
	return data, nil
}

// parseEscaped reads a string as C, Python and protoc print bytes:
// b'\x08e\x12\x05hello', "\010e\022\005hello".
func parseEscaped(b []byte) (data []byte, err error) {
	s := strings.TrimSpace(string(b))
	if len(s) > 1 && s[0] == 'b' && (s[1] == '\'' || s[1] == '"') {
		s = s[1:]
	}
	if n := len(s); n > 1 && (s[0] == '\'' || s[0] == '"') && s[n-1] == s[0] {
		s = s[1 : n-1]
	}
	for len(s) > 0 {
		if s[0] != '\\' {
			data, s = append(data, s[0]), s[1:]
			continue
		}
		c, rest, ok := unescape(s[1:])
		if !ok {
			return nil, fmt.Errorf("%q is not an escape of a byte", short(s[:min(4, len(s))]))
		}
		data, s = append(data, c), rest
	}
	return data, nil
}

// unescape reads what follows a backslash.
func unescape(s string) (c byte, rest string, ok bool) {
	if s == "" {
		return 0, "", false
	}
	if i := strings.IndexByte(`abfnrtv\'"?`, s[0]); i >= 0 {
		return "\a\b\f\n\r\t\v\\'\"?"[i], s[1:], true
	}
	digits, base, most, allowed := s, 8, 3, "01234567"
	if s[0] == 'x' || s[0] == 'X' {
		digits, base, most, allowed = s[1:], 16, 2, "0123456789abcdefABCDEF"
	}
	n := 0
	for n < min(len(digits), most) && strings.IndexByte(allowed, digits[n]) >= 0 {
		n++
	}
	v, err := strconv.ParseUint(digits[:n], base, 8)
	return byte(v), digits[n:], err == nil
}

// prefixLen is the length of what comes before each message of gRPC: a flag
// that says whether it is compressed, and four bytes with its length.
const prefixLen = 5

func splitGRPC(data []byte, show func(piece) error) error {
	for at := 0; at < len(data); {
		b := data[at:]
		if len(b) < prefixLen {
			return fmt.Errorf("byte %d: gRPC's prefix has 5 bytes, only %d are left", at, len(b))
		}
		flag, n := b[0], uint64(binary.BigEndian.Uint32(b[1:]))
		switch {
		case flag == 0x80: // gRPC-Web's trailers, which are text
		case flag > 1:
			return fmt.Errorf("byte %d: the compressed flag is %d, not 0 or 1", at, flag)
		}
		if n > uint64(len(b)-prefixLen) {
			return fmt.Errorf("byte %d: the prefix says %d bytes, only %d are left", at, n, len(b)-prefixLen)
		}
		p := piece{at + prefixLen, b[prefixLen : prefixLen+n]}
		at += prefixLen + int(n)
		if flag == 0x80 {
			continue
		}
		if flag == 1 {
			inner, err := gunzip(p.data)
			if err != nil {
				return fmt.Errorf("byte %d: the message is compressed, but not with gzip: %w", p.at, err)
			}
			p.data = inner
		}
		if err := show(p); err != nil {
			return err
		}
	}
	return nil
}

func splitDelimited(data []byte, show func(piece) error) error {
	for at := 0; at < len(data); {
		length, n, err := pbwire.Varint(data[at:])
		if err != nil {
			return fmt.Errorf("byte %d: no length of a message: %w", at, err)
		}
		if length > uint64(len(data)-at-n) {
			return fmt.Errorf("byte %d: the length says %d, only %d bytes are left", at, length, len(data)-at-n)
		}
		end := at + n + int(length)
		if err := show(piece{at + n, data[at+n : end]}); err != nil {
			return err
		}
		at = end
	}
	return nil
}
