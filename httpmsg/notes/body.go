package notes

import (
	"encoding/json"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"onwire/httpmsg"
)

// mediaType returns the type of the request's body, "application/json", without
// its parameters; "" if none or a broken one is named.
func (c *call) mediaType() string {
	value, _ := c.req.Get("Content-Type")
	kind, _, err := mime.ParseMediaType(value)
	if err != nil {
		return ""
	}
	return kind
}

// refuseMedia is the answer to a body of a type that r does not take. That a
// body is JSON is said by Content-Type alone: nothing is guessed.
func (c *call) refuseMedia(r *route) *httpmsg.Response {
	if r.takes[0] == "*/*" || slices.Contains(r.takes, c.mediaType()) {
		return nil
	}
	value, named := c.req.Get("Content-Type")
	if !named {
		value = "nothing"
	}
	takes := strings.Join(r.takes, ", ")
	name := "Accept" // RFC 9110 15.5.16 lets it be named in a 415
	if r.method == "PATCH" {
		name = "Accept-Patch" // RFC 5789 3.1
	}
	return with(problem(415, "Content-Type says %s, and %s %s takes %s", value, r.method, r.path, takes), name, takes)
}

// object reads a body of JSON or of a form into names and values, all of which
// are text here, numbers as they are written. The names that must be there are
// checked.
func (c *call) object(b []byte, must ...string) (map[string]string, *httpmsg.Response) {
	in := map[string]string{}
	if c.mediaType() == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(b))
		if err != nil {
			return nil, problem(400, "the body is not a form: %v", err)
		}
		for name := range form {
			in[name] = form.Get(name)
		}
	} else {
		var values map[string]any
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.UseNumber()
		if err := d.Decode(&values); err != nil || values == nil || d.More() {
			return nil, problem(400, "the body is not one JSON object, as Content-Type says it is")
		}
		for name, v := range values {
			switch v := v.(type) {
			case string:
				in[name] = v
			case json.Number:
				in[name] = v.String()
			default:
				return nil, problem(400, "%q is neither text nor a number", name)
			}
		}
	}
	for _, name := range must {
		if _, ok := in[name]; !ok {
			return nil, problem(400, "the body has no %q", name)
		}
	}
	return in, nil
}

// noteBody reads a note: JSON, a form, or its text alone.
func (c *call) noteBody(b []byte) (map[string]string, *httpmsg.Response) {
	if c.mediaType() != "text/plain" {
		return c.object(b)
	}
	if !utf8.Valid(b) {
		return nil, problem(400, "the text is not UTF-8")
	}
	return map[string]string{"text": string(b)}, nil
}
