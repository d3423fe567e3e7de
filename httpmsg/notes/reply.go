package notes

import (
	"bytes"
	"encoding/json"
	"fmt"

	"onwire/httpmsg"
)

func empty(status int) *httpmsg.Response { return &httpmsg.Response{Status: status} }

// with adds a header field to r.
func with(r *httpmsg.Response, name, value string) *httpmsg.Response {
	r.Headers = append(r.Headers, httpmsg.Pair{Name: name, Value: value})
	return r
}

func body(status int, mediaType string, b []byte) *httpmsg.Response {
	r := with(empty(status), "Content-Type", mediaType)
	r.Body = b
	return r
}

// object sends v as one line of JSON.
func object(status int, v any) *httpmsg.Response { return body(status, "application/json", line(v)) }

func line(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // nothing but strings and numbers is sent
	}
	return b.Bytes()
}

// problem is the answer to what cannot be done.
func problem(status int, format string, args ...any) *httpmsg.Response {
	return httpmsg.Problem(status, fmt.Sprintf(format, args...))
}

func moved(to string) *httpmsg.Response {
	return with(problem(301, "it is at %s", to), "Location", to)
}
