package notes

import (
	"bytes"
	"compress/gzip"
	"image"
	"image/color"
	"image/png"
	"strings"

	"onwire/httpmsg"
)

// Bodies of many kinds, which differ in their Content-Type alone: HTTP
// carries any of them and looks into none.

const someText = "HTTP does not look into this body.\nContent-Type says what it is: 你好, мир.\n"

func mediaText(*call, []byte) *httpmsg.Response {
	return body(200, "text/plain; charset=utf-8", []byte(someText))
}

func mediaJSON(*call, []byte) *httpmsg.Response {
	return object(200, map[string]any{"kind": "JSON", "numbers": []int{1, 2, 3}, "text": "你好"})
}

func mediaForm(*call, []byte) *httpmsg.Response {
	return body(200, "application/x-www-form-urlencoded", []byte("name=Alice&note=buy+milk+%26+bread&city=%E5%8C%97%E4%BA%AC"))
}

// mediaMultipart sends what a browser sends for a form with a file. The
// boundary is a line that no part has.
func mediaMultipart(*call, []byte) *httpmsg.Response {
	lines := []string{
		"--next-part",
		`Content-Disposition: form-data; name="title"`,
		"",
		"buy milk",
		"--next-part",
		`Content-Disposition: form-data; name="picture"; filename="dot.png"`,
		"Content-Type: image/png",
		"",
		string(picture()),
		"--next-part--",
		"",
	}
	return body(200, "multipart/form-data; boundary=next-part", []byte(strings.Join(lines, "\r\n")))
}

func mediaPNG(*call, []byte) *httpmsg.Response { return body(200, "image/png", picture()) }

// picture draws a chessboard.
func picture() []byte {
	board := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.White, color.Black})
	for i := range board.Pix {
		board.Pix[i] = uint8((i + i/8) % 2)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, board); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// mediaGzip sends the text packed. Content-Encoding says so, and Content-Type
// still says what it is when unpacked (RFC 9110 8.4).
func mediaGzip(*call, []byte) *httpmsg.Response {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(strings.Repeat(someText, 8))) // a buffer takes everything
	w.Close()
	return with(body(200, "text/plain; charset=utf-8", b.Bytes()), "Content-Encoding", "gzip")
}

// chunked sends a body whose length the head does not say. HTTP/1.0 knows no
// chunks: there the end of the connection is the end of the body.
func chunked(c *call, _ []byte) *httpmsg.Response {
	parts := []string{"The length of this body ", "was not known ", "when its head was sent.\n"}
	if c.req.Major == 1 && c.req.Minor == 0 {
		return with(body(200, "text/plain; charset=utf-8", []byte(strings.Join(parts, ""))), "Connection", "close")
	}
	var b []byte
	for _, p := range parts {
		b = httpmsg.AppendChunk(b, []byte(p))
	}
	b, err := httpmsg.AppendLastChunk(b, httpmsg.Pair{Name: "X-Parts", Value: "3"})
	if err != nil {
		panic(err) // the trailer is ours, and right
	}
	r := with(body(200, "text/plain; charset=utf-8", b), "Transfer-Encoding", "chunked")
	return with(r, "Trailer", "X-Parts")
}

// mirror gives a body back, with the type that it came with.
func mirror(c *call, b []byte) *httpmsg.Response {
	r := empty(200)
	if kind, ok := c.req.Get("Content-Type"); ok {
		with(r, "Content-Type", kind)
	}
	if coding, ok := c.req.Get("Content-Encoding"); ok {
		with(r, "Content-Encoding", coding)
	}
	r.Body = b
	return r
}
