package httpmsg_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"onwire/httpmsg"
)

func TestParseMedia(t *testing.T) {
	for in, want := range map[string]httpmsg.Media{
		"text/html; charset=UTF-8":            {Kind: httpmsg.TextMedia, Type: "text/html", Charset: "utf-8"},
		"Application/JSON":                    {Kind: httpmsg.JSONMedia, Type: "application/json"},
		"application/problem+json":            {Kind: httpmsg.JSONMedia, Type: "application/problem+json"},
		"application/x-www-form-urlencoded":   {Kind: httpmsg.FormMedia, Type: "application/x-www-form-urlencoded"},
		`multipart/form-data; boundary="a b"`: {Kind: httpmsg.MultipartMedia, Type: "multipart/form-data", Boundary: "a b"},
		"image/png":                           {Kind: httpmsg.ImageMedia, Type: "image/png"},
		"image/svg+xml":                       {Kind: httpmsg.TextMedia, Type: "image/svg+xml"},
		"application/xml":                     {Kind: httpmsg.TextMedia, Type: "application/xml"},
		"application/octet-stream":            {Type: "application/octet-stream"},
		"":                                    {},
		"text":                                {},
		"application/json; charset":           {Kind: httpmsg.JSONMedia, Type: "application/json"},
		"text/html; charset=utf-8; charset=utf-7": {},
	} {
		if got := httpmsg.ParseMedia(in); got != want {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func TestIsText(t *testing.T) {
	for in, want := range map[string]bool{"": true, "a\tb\r\n你": true, "a\x00": false, "\xff": false, "\x1b[31m": false, "\u009b": false} {
		if httpmsg.IsText([]byte(in)) != want {
			t.Errorf("%q", in)
		}
	}
}

func TestIndentJSON(t *testing.T) {
	for _, in := range []string{
		`{"a":[1,2],"b":{},"c":[ ],"d":"x\\\",{[\\\\"}`, ` [ true , null,{"a" : -1.5e3}] `, `"x"`, `7`,
	} {
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(in), "", "  "); err != nil {
			t.Fatal(err)
		}
		got, err := httpmsg.IndentJSON([]byte(in), 1000)
		if string(got) != strings.TrimSpace(want.String()) || err != nil {
			t.Errorf("%s: %s, %v", in, got, err)
		}
		got, err = httpmsg.IndentJSON([]byte(in), 12)
		if trimmed := strings.TrimSpace(want.String()); string(got) != trimmed[:min(len(trimmed), 12)] || err != nil {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
	if _, err := httpmsg.IndentJSON([]byte(`{"a":x}`), 100); err == nil || !strings.Contains(err.Error(), "byte 6") {
		t.Error(err)
	}
	if _, err := httpmsg.IndentJSON(bytes.Repeat([]byte("["), 1<<20), 1<<20); err == nil {
		t.Error("a million levels")
	}
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	if got, err := httpmsg.IndentJSON([]byte(deep), 1000); len(got) != 1000 || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// pack codes data so many times.
func pack(t *testing.T, wrap func(io.Writer) io.WriteCloser, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := wrap(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gz(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func zl(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func raw(w io.Writer) io.WriteCloser {
	f, _ := flate.NewWriter(w, flate.BestCompression)
	return f
}

func TestDecodeContent(t *testing.T) {
	text := []byte("hello, hello, hello")
	for _, tt := range []struct {
		encoding string
		body     []byte
	}{
		{"", text}, {"identity", text}, {"gzip", pack(t, gz, text)}, {"X-GZIP", pack(t, gz, text)},
		{"deflate", pack(t, zl, text)}, {"deflate", pack(t, raw, text)}, {"deflate, gzip", pack(t, gz, pack(t, zl, text))},
	} {
		got, more, err := httpmsg.DecodeContent(tt.encoding, tt.body, 1000)
		if !bytes.Equal(got, text) || more || err != nil {
			t.Errorf("%s: %q, %v, %v", tt.encoding, got, more, err)
		}
		got, more, err = httpmsg.DecodeContent(tt.encoding, tt.body, 5)
		if string(got) != "hello" || !more || err != nil {
			t.Errorf("%s, 5 bytes: %q, %v, %v", tt.encoding, got, more, err)
		}
	}
	zipped := pack(t, gz, text)
	if got, _, err := httpmsg.DecodeContent("gzip", zipped[:len(zipped)-4], 1000); !bytes.Equal(got, text) || !errors.Is(err, httpmsg.ErrCoded) {
		t.Errorf("cut: %q, %v", got, err)
	}
	if _, _, err := httpmsg.DecodeContent("gzip", text, 1000); !errors.Is(err, httpmsg.ErrCoded) {
		t.Error(err)
	}
	if _, _, err := httpmsg.DecodeContent("br", text, 1000); !errors.Is(err, httpmsg.ErrCoding) {
		t.Error(err)
	}
	if _, _, err := httpmsg.DecodeContent("gzip,gzip,gzip,gzip,gzip", zipped, 1000); !errors.Is(err, httpmsg.ErrCoding) {
		t.Error(err)
	}
}

// TestUncodeBombs unpacks little of what would be much: 64 MB of zeros, and
// a gzip that holds nothing but the empty heads of others.
func TestUncodeBombs(t *testing.T) {
	bomb := pack(t, gz, make([]byte, 64<<20))
	got, more, err := httpmsg.DecodeContent("gzip", bomb, 1000)
	if len(got) != 1000 || !more || err != nil {
		t.Errorf("%d bytes of %d, %v, %v", len(got), len(bomb), more, err)
	}
	if got, more, err = httpmsg.DecodeContent("gzip, gzip", pack(t, gz, bomb), 1000); len(got) != 1000 || !more || err != nil {
		t.Errorf("twice: %d bytes, %v, %v", len(got), more, err)
	}
	nothing := pack(t, gz, nil)
	inner := bytes.Repeat(nothing, 1<<20)
	if got, _, err = httpmsg.DecodeContent("gzip, gzip", pack(t, gz, inner), 1000); len(got) != 0 || !errors.Is(err, httpmsg.ErrCoded) {
		t.Errorf("of nothing: %d bytes, %v", len(got), err)
	}
}

// TestParts reads what mime/multipart writes.
func TestParts(t *testing.T) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("name", "Ann")
	f, _ := w.CreateFormFile("file", "a.txt")
	f.Write([]byte("line\r\n--no boundary\r\n"))
	w.WriteField("empty", "")
	w.Close()
	body := b.Bytes()
	parts, err := httpmsg.Parts(body, w.Boundary(), 10)
	if err != nil || len(parts) != 3 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	for i, want := range []struct{ name, file, content string }{
		{"name", "", "Ann"}, {"file", "a.txt", "line\r\n--no boundary\r\n"}, {"empty", "", ""},
	} {
		p := parts[i]
		if p.Name != want.name || p.FileName != want.file || string(p.In(body)) != want.content {
			t.Errorf("part %d: %q %q %q", i, p.Name, p.FileName, p.In(body))
		}
	}
	if parts[1].Type != "application/octet-stream" {
		t.Errorf("%q", parts[1].Type)
	}
	if parts, err := httpmsg.Parts(body, w.Boundary(), 2); len(parts) != 2 || !errors.Is(err, httpmsg.ErrMultipart) {
		t.Errorf("2 of 3: %d, %v", len(parts), err)
	}
	for n := range len(body) - 4 {
		if _, err := httpmsg.Parts(body[:n], w.Boundary(), 10); err == nil {
			t.Errorf("cut at %d: no error", n)
		}
	}
	if _, err := httpmsg.Parts(body, "", 10); !errors.Is(err, httpmsg.ErrMultipart) {
		t.Error(err)
	}
}

func FuzzMedia(f *testing.F) {
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--"), "b", "gzip")
	f.Add([]byte("--b\n--b\n\n--b--"), "b", "deflate, gzip")
	f.Add(bytes.Repeat([]byte("[{"), 100), "", "identity")
	f.Fuzz(func(t *testing.T, body []byte, boundary, encoding string) {
		parts, _ := httpmsg.Parts(body, boundary, 16)
		for _, p := range parts {
			p.In(body)
		}
		if len(parts) > 16 {
			t.Fatalf("%d parts", len(parts))
		}
		if out, _, _ := httpmsg.DecodeContent(encoding, body, 1<<12); len(out) > 1<<12 {
			t.Fatalf("%d bytes", len(out))
		}
		if out, _ := httpmsg.IndentJSON(body, 1<<12); len(out) > 1<<12 {
			t.Fatalf("%d bytes", len(out))
		}
		httpmsg.ImageSize(body)
	})
}

func TestImageSize(t *testing.T) {
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2)))
	format, w, h, err := httpmsg.ImageSize(b.Bytes())
	if format != "png" || w != 3 || h != 2 || err != nil {
		t.Errorf("%s %dx%d, %v", format, w, h, err)
	}
	if _, _, _, err := httpmsg.ImageSize([]byte("no image")); err == nil {
		t.Error("no error")
	}
}
