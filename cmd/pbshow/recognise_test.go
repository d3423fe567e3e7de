package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"
)

// object is {1: 101, 2: "hello"}.
var object = []byte("\x08\x65\x12\x05hello")

func packed(w func(io.Writer) io.WriteCloser, data []byte) []byte {
	var b bytes.Buffer
	c := w(&b)
	c.Write(data)
	c.Close()
	return b.Bytes()
}

func gzipOf(data []byte) []byte {
	return packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, data)
}

func zlibOf(data []byte) []byte {
	return packed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, data)
}

func text64(data []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(data)) }

// unwrap undoes what --as names, as messages does.
func unwrap(t *testing.T, as string, data []byte) (all [][]byte) {
	t.Helper()
	list, err := parseWrappings(as)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range list {
		if w.split != nil {
			if err := w.split(data, func(p piece) error { all = append(all, bytes.Clone(p.data)); return nil }); err != nil {
				t.Fatalf("--as %s: %v", as, err)
			}
			return all
		}
		if data, err = w.read(data); err != nil {
			t.Fatalf("--as %s: %v", as, err)
		}
	}
	return [][]byte{data}
}

// TestRecognise: each form is recognised, and what the hint says to type makes
// the message of it.
func TestRecognise(t *testing.T) {
	grpc := append([]byte{0, 0, 0, 0, 9}, object...)
	squeezed := gzipOf(object)
	for _, tt := range []struct {
		name, as string
		data     []byte
		messages int
	}{
		{"base64", "base64", []byte("CGUSBWhlbGxv"), 1},
		{"base64 unpadded", "base64", []byte("CGU"), 1},
		{"base64 of a file", "base64", []byte("CGUSBWhl\r\nbGxv\r\n"), 1},
		{"base64url", "base64", []byte(base64.RawURLEncoding.EncodeToString([]byte("\x0a\x03\xff\xfe\xfb"))), 1},
		{"data URL", "base64", []byte("data:application/x-protobuf;base64,CGUSBWhlbGxv"), 1},
		{"gzip", "gzip", squeezed, 1},
		{"zlib", "zlib", zlibOf(object), 1},
		{"gRPC", "grpc", grpc, 1},
		{"two of gRPC", "grpc", slices.Concat(grpc, grpc), 2},
		{"gRPC compressed", "grpc", slices.Concat([]byte{1, 0, 0, 0, byte(len(squeezed))}, squeezed), 1},
		{"gRPC-Web", "grpc", slices.Concat(grpc, []byte("\x80\x00\x00\x00\x0fgrpc-status:0\r\n")), 1},
		{"gRPC in base64", "base64,grpc", text64(grpc), 1},
		{"gzip in base64", "base64,gzip", text64(squeezed), 1},
		{"delimited", "delimited", slices.Concat([]byte{9}, object, []byte{2, 8, 1}), 2},
		{"xxd", "dump", []byte("00000000: 0865 1205 6865 6c6c 6f                   .e..hello\n"), 1},
		{"hexdump -C", "dump", []byte("00000000  08 65 12 05 68 65 6c 6c  6f                       |.e..hello|\n00000009\n"), 1},
		{"hexdump", "dump", []byte("0000000 6508 0512 6568 6c6c 006f\n0000009\n"), 1},
		{"od -t x1", "dump", []byte("0000000 08 65 12 05 68 65 6c 6c 6f\n0000011\n"), 1},
		{"od -A x -t x1", "dump", []byte("000000 08 65 12 05 68 65 6c 6c 6f\n000009\n"), 1},
		{"Wireshark", "dump", []byte("0000   08 65 12 05 68 65 6c 6c 6f                        .e..hello\n"), 1},
		{"list", "decimal", []byte("[8, 101, 18, 5, 104, 101, 108, 108, 111]"), 1},
		{"Java's list", "decimal", []byte("[10, 1, -1]"), 1},
		{"Python's repr", "escaped", []byte(`b'\x08e\x12\x05hello'`), 1},
		{"protoc's escapes", "escaped", []byte(`"\010e\022\005hello"`), 1},
		{"hex digits", "hex", []byte("08 65 12 05\n"), 1},
	} {
		r := recognise(tt.data)
		if r == nil || r.as != tt.as {
			t.Errorf("%s: %+v, want --as %s", tt.name, r, tt.as)
			continue
		}
		if tt.name == "hexdump" {
			continue // of an odd number of bytes it prints one more
		}
		all := unwrap(t, r.as, tt.data)
		if len(all) != tt.messages || !isMessage(all[0]) && tt.name != "hex digits" {
			t.Errorf("%s: %x", tt.name, all)
		}
	}
}

// TestRecogniseOther: what no form of pbshow is has a name, and what is next.
func TestRecogniseOther(t *testing.T) {
	data := func(s string) []byte {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		data       []byte
		what, next string
		skip       int
	}{
		{[]byte(`{"id": 101}`), "JSON", "pbshow encode", 0},
		{[]byte(`id: 101 name: "x"`), "text format", "JSON", 0},
		{[]byte("syntax = \"proto3\";\nmessage A {}\n"), ".proto file", "pbshow check", 0},
		{[]byte("<html></html>"), "HTML", "web server", 0},
		{[]byte("<Buffer 08 65>"), "Node", "pbshow raw 08 65", 0},
		{[]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "HTTP/2", "grpcshow frames", 0},
		{[]byte("HTTP/1.1 200 OK\r\n\r\n"), "HTTP/1", "httpshow parse", 0},
		{data("d4c3b2a1 0200 0400"), "capture", "portmux read", 0},
		{data("28b52ffd 2400"), "zstd", "zstd -d", 0},
		{data("1f8b0800 00"), "gzip", "copy all", 0},
		{data("fffe 3000 3800"), "UTF-16", "--hex", 0},
		{data("feff 0030 0038"), "UTF-16", "--hex", 0},
		{data("0a04 efbfbd65 efbfbd"), "copied as text", "base64", 0},
		{data("00000002 0865"), "length in 4 bytes", "", 4},
		{data("02000000 0865"), "length in 4 bytes", "", 4},
		{data("0000070001 00000001 0000000002 0865"), "DATA frame", "", 9},
		{data("0000000009 0865"), "cut off", "", 0},
	} {
		r := recognise(tt.data)
		if r == nil || !strings.Contains(r.what, tt.what) || !strings.Contains(r.next, tt.next) || r.skip != tt.skip {
			t.Errorf("%q: %+v, want %q and %q", tt.data, r, tt.what, tt.next)
		}
	}
	// Words, and messages that are only wrong, are nothing else.
	for _, s := range []string{"nofile", "student", "zz", "hello", "decode me", "\x07", "\x08\x65\x12\x06hello", "\x0b\x08\x01"} {
		if r := recognise([]byte(s)); r != nil {
			t.Errorf("%q is recognised as %+v", s, r)
		}
	}
}

// TestRecogniseToo: text that reads as a message by chance, and two messages
// that read as one.
func TestRecogniseToo(t *testing.T) {
	for data, as := range map[string]string{"0a0a": "hex", "\x02\x08\x65": "", "\x08\x65\x12\x05hello": "", "(0": ""} {
		r := recogniseToo([]byte(data))
		if as != "" && r == nil || r != nil && r.as != as {
			t.Errorf("%q: %+v, want %q", data, r, as)
		}
	}
	twice := []byte("\x09\x08\x65\x12\x05hello\x02\x08\x01")
	twice[9] = 'x' // as a message it is {1: fixed64, 15: 2, ...}
	if r := recogniseToo(twice); r == nil || r.as != "delimited" {
		t.Errorf("%x: %+v", twice, r)
	}
}

// TestWrappingBounds: a few compressed bytes do not become gigabytes, a repeated
// line of a dump no more than an input may have, and no form goes on for ever
// inside itself.
func TestWrappingBounds(t *testing.T) {
	bomb := gzipOf(make([]byte, maxInflated+1))
	if _, err := gunzip(bomb); err == nil || !strings.Contains(err.Error(), "more than 16 MiB") {
		t.Errorf("%d bytes with more than %d inside: %v", len(bomb), maxInflated, err)
	}
	if _, err := gunzip(gzipOf(make([]byte, maxInflated))); err != nil {
		t.Errorf("at the bound: %v", err)
	}
	if _, err := parseDump([]byte("00000000 08 65\n*\nfffffff0 08\n")); err == nil {
		t.Error("a dump of 4 GiB is read")
	}
	nested := object
	for range 2 * recogniseDepth {
		nested = text64(nested)
	}
	recognise(nested)
	if _, err := parseWrappings("grpc,gzip"); err == nil {
		t.Error("grpc,gzip: a form after one that has many messages")
	}
}

// FuzzRecognise: whatever the bytes are, looking at them neither fails nor
// takes more memory than its bounds.
func FuzzRecognise(f *testing.F) {
	for _, s := range []string{"CGUSBWhlbGxv", "00000000: 0865\n*\n00000010", `b'\x08'`, "[8]", "\x00\x00\x00\x00\x01\x08"} {
		f.Add([]byte(s))
	}
	f.Add(gzipOf(object))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r := recognise(data); r != nil && r.what == "" {
			t.Errorf("%q: %+v", data, r)
		}
		recogniseToo(data)
	})
}
