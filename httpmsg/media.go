package httpmsg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"  // for DecodeConfig
	_ "image/jpeg" // for DecodeConfig
	_ "image/png"  // for DecodeConfig
	"mime"
	"strings"
	"unicode/utf8"
)

// A MediaKind is what a body can be shown as.
type MediaKind uint8

const (
	BinaryMedia    MediaKind = iota // bytes
	TextMedia                       // text/*, XML, JavaScript
	JSONMedia                       // application/json, and +json
	FormMedia                       // application/x-www-form-urlencoded
	MultipartMedia                  // multipart/*
	ImageMedia                      // image/*, but SVG is text
)

// String returns "binary", "text", "JSON", "form", "multipart" or "image".
func (k MediaKind) String() string {
	return [...]string{"binary", "text", "JSON", "form", "multipart", "image"}[k]
}

// A Media is what Content-Type says of a body (RFC 9110 8.3).
type Media struct {
	Kind     MediaKind
	Type     string // "text/html", in lower case; "" if it cannot be read
	Charset  string // in lower case
	Boundary string // of a multipart
}

// ParseMedia reads the value of Content-Type. Where that is empty or wrong, the
// type is application/octet-stream, that is binary.
func ParseMedia(contentType string) Media {
	typ, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.Contains(typ, "/") {
		return Media{}
	}
	m := Media{Type: typ, Charset: strings.ToLower(params["charset"]), Boundary: params["boundary"]}
	major, minor, _ := strings.Cut(typ, "/")
	switch {
	case typ == "application/json" || strings.HasSuffix(minor, "+json"):
		m.Kind = JSONMedia
	case typ == "application/x-www-form-urlencoded":
		m.Kind = FormMedia
	case major == "multipart":
		m.Kind = MultipartMedia
	case major == "text", strings.HasSuffix(minor, "+xml"), minor == "xml", minor == "javascript":
		m.Kind = TextMedia
	case major == "image":
		m.Kind = ImageMedia
	}
	return m
}

// IsText reports whether a body may be shown as text: it is UTF-8, and has no
// control characters but tabs and line ends.
func IsText(body []byte) bool {
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 || r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 {
			return false
		}
		i += n
	}
	return true
}

// IndentJSON returns a JSON body with line ends and indents, at most max bytes
// of it. It returns an error that says at which byte the body is not JSON.
func IndentJSON(body []byte, max int) ([]byte, error) {
	if len(body) > max {
		return nil, errorAt(max, 0, ErrBody, "%d bytes of JSON: the limit is %d", len(body), max)
	}
	if depth := jsonDepth(body); depth > maxJSONDepth { // each level costs its indent on every line
		return nil, fmt.Errorf("JSON %d levels deep: the limit is %d", depth, maxJSONDepth)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		at := 0
		if syntax, ok := err.(*json.SyntaxError); ok {
			at = int(syntax.Offset)
		}
		return nil, fmt.Errorf("byte %d: not JSON: %w", at, err)
	}
	return b.Bytes()[:min(b.Len(), max)], nil
}

const maxJSONDepth = 64

// jsonDepth returns how deep the brackets of body stand in each other. It takes
// those inside strings for brackets, too: it is a bound, not a count.
func jsonDepth(body []byte) int {
	depth, deepest := 0, 0
	for _, c := range body {
		switch c {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return deepest
}

// ImageSize returns the format, and width and height in pixels, of a PNG, a
// JPEG or a GIF. It reads the header of the image and decodes nothing.
func ImageSize(body []byte) (format string, width, height int, err error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	return format, config.Width, config.Height, err
}
