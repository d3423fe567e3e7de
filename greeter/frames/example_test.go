package frames_test

import (
	"fmt"

	"onwire/greeter/frames"
)

func Example() {
	conn := frames.New(frames.Options{}, func(f *frames.Frame) {
		fmt.Println(f.From, f.Offset, f.Label())
		for _, h := range f.Headers {
			fmt.Printf("  %s %s: %s\n", h.Kind, h.Name, h.Value)
		}
	})
	client := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
		"\x00\x00\x00\x04\x00\x00\x00\x00\x00" +
		"\x00\x00\x11\x01\x04\x00\x00\x00\x01" + "\x83\x86\x04\x04/A/B\x5f\x07a/bc+de"[:17]
	for _, b := range []byte(client) { // in any pieces
		if err := conn.Feed(frames.Client, []byte{b}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// client 0 preface PRI * HTTP/2.0
	// client 24 SETTINGS
	// client 33 HEADERS request POST /A/B
	//   indexed :method: POST
	//   indexed :scheme: http
	//   without :path: /A/B
	//   incremental content-type: a/bc+de
}
