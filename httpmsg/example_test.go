package httpmsg_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"onwire/httpmsg"
	"onwire/wire"
)

func ExampleParseRequest() {
	in := "POST /login HTTP/1.1\r\nHost: example.org\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
	m, err := httpmsg.ParseRequest([]byte(in), httpmsg.Limits{})
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range m.Findings {
		fmt.Printf("byte %d: %v (%s), a server answers %d\n%s\n", f.Start, f.What, f.Rule.RFC(), f.Status, f.Rule.Parsers())
	}
	// Output:
	// byte 76: Content-Length 3 beside Content-Length 2 (RFC 9112 6.3), a server answers 400
	// Go 1.26, Node 20 and nginx 1.22 answer 400; Python 3.11 uses the first, curl 7.88 the last: the rest is then read as another message
}

func ExampleMessage_Fields() {
	m, _ := httpmsg.ParseResponse([]byte("HTTP/1.1 204 No Content\r\n\r\n"), "DELETE", httpmsg.Limits{})
	wire.View{}.Write(os.Stdout, m.Raw, m.Fields())
	// Output:
	// byte  bytes                    field                  value
	//    0                           status line
	//    0  48 54 54 50 2f 31 2e 31    version              "HTTP/1.1"
	//    8  20                         space                " "
	//    9  32 30 34                   status code          "204"
	//   12  20                         space                " "
	//   13  4e 6f 20 43 6f 6e 74 65    reason phrase        "No Content"
	//       6e 74
	//   23  0d 0a                      line end             "\r\n"
	//   25  0d 0a                    empty line             "\r\n"
}

func ExampleHead() {
	var h httpmsg.Head // used again and again, it allocates nothing
	if err := h.ParseRequest([]byte("GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n"), nil); err != nil {
		fmt.Println(err)
	}
	host, at := h.Host()
	fmt.Println(h.Text(h.Method), h.Text(h.Target), host, "at byte", at.Start)
	// Output: GET /a example.org at byte 23
}

func ExampleReader() {
	conn := strings.NewReader("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" +
		"POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
	r := httpmsg.NewReader(conn, httpmsg.Limits{})
	for {
		h, err := r.ReadRequest()
		if err != nil {
			fmt.Println(err)
			break
		}
		body, err := io.ReadAll(r.Body())
		if err != nil {
			fmt.Println(err)
			break
		}
		keep, why := h.KeepAlive()
		fmt.Printf("%s %q; goes on: %v, %v\n", h.Text(h.Target), body, keep, why)
	}
	// Output:
	// /1 ""; goes on: true, HTTP/1.1 keeps the connection unless a message says otherwise
	// /2 "hello"; goes on: false, Connection: close
	// EOF
}

func ExampleRequest() {
	r := httpmsg.Request{Method: "POST", Target: "/login", Headers: []httpmsg.Pair{{Name: "Host", Value: "h"}}, Body: []byte("{}")}
	r.SetLength()
	b, err := r.Append(nil)
	fmt.Printf("%q %v\n", b, err)
	r.Headers[0].Value = "h\r\nX: y"
	_, err = r.Append(nil)
	fmt.Println(err)
	// Output:
	// "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}" <nil>
	// Host: "h\r\nX: y" is not a value: it has control characters, or whitespace at an end
}

func ExampleNewChunkWriter() {
	var body bytes.Buffer
	w := httpmsg.NewChunkWriter(&body)
	fmt.Fprint(w, "hello")
	w.Close(httpmsg.Pair{Name: "Bytes", Value: "5"})
	fmt.Printf("%q\n", body.String())
	// Output: "5\r\nhello\r\n0\r\nBytes: 5\r\n\r\n"
}

func ExampleParseURL() {
	u, err := httpmsg.ParseURL("http://h:8080/a?param1=1¶m2=2#top")
	fmt.Println(err)
	fmt.Println("sent:", u.Target())
	for _, r := range u.Remarks() {
		fmt.Println(r.Text)
	}
	// Output:
	// byte 24: the query has "¶", which is not ASCII: percent-encode it
	// sent: /a?param1=1¶m2=2
	// "¶m2" was "&param2": HTML reads "&para" as ¶ even without a semicolon, so the parameter "param2" is lost
	// "#top" stays with the client: a fragment is never sent
}

func ExampleCompare() {
	for _, d := range httpmsg.Compare("http://127.1:80/a/../b", nil).Differences {
		fmt.Printf("%s: RFC 3986 %q, WHATWG %q: %v\n", d.Part, d.RFC, d.Web, d.Why)
	}
	// Output:
	// host: RFC 3986 "127.1", WHATWG "127.0.0.1": WHATWG reads a host that ends in a number as an IPv4 address, as inet_aton does; to RFC 3986 it is a name
	// port: RFC 3986 "80", WHATWG "(none)": WHATWG drops the port that is the scheme's own
	// path: RFC 3986 "/a/../b", WHATWG "/b": WHATWG takes "." and ".." out at once, also as %2e; RFC 3986 leaves that to the program that resolves it
}

func ExampleURL_Resolve() {
	base, _ := httpmsg.ParseURL("http://a/b/c/d;p?q")
	ref, _ := httpmsg.ParseURL("../g#s")
	fmt.Println(base.Resolve(ref))
	// Output: http://a/b/g#s
}

func ExampleDecodeContent() {
	out, more, err := httpmsg.DecodeContent("identity", []byte("hello, world"), 5)
	fmt.Printf("%q %v %v\n", out, more, err)
	// Output: "hello" true <nil>
}
