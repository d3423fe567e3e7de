package httpmsg

import (
	"bytes"
	"encoding/json"
)

// Problem returns a response that describes an error as RFC 9457 has it: a JSON
// object with the status, its name, and a sentence for a person.
func Problem(status int, detail string) *Response {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(struct { // a number and two strings can always be written
		Status int    `json:"status"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}{status, StatusText(status), detail})
	return &Response{
		Status:  status,
		Headers: []Pair{{"Content-Type", "application/problem+json"}},
		Body:    b.Bytes(),
	}
}
