package httpmsg

import (
	"bytes"
	"errors"
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
// type is application/octet-stream, that is binary; a parameter that is wrong is
// left out.
func ParseMedia(contentType string) Media {
	typ, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || !strings.Contains(typ, "/") {
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

// ImageSize returns the format, and width and height in pixels, of a PNG, a
// JPEG or a GIF. It reads the header of the image and decodes nothing.
func ImageSize(body []byte) (format string, width, height int, err error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	return format, config.Width, config.Height, err
}
