package notes

import (
	"fmt"
	"strings"

	"onwire/httpmsg"
)

func old(*call, []byte) *httpmsg.Response { return moved("/notes") }

// crash fails as programs do. Whoever runs the service answers 500.
func crash(c *call, _ []byte) *httpmsg.Response {
	var none *note
	return none.response(200)
}

func outOfOrder(*call, []byte) *httpmsg.Response {
	return with(problem(503, "down for maintenance; the service itself is well, and says when to come back"), "Retry-After", "30")
}

// codes are the status codes there are to be had, and how.
var codes = [][2]string{
	{"200", "GET /"},
	{"201", "POST /notes with a token: a new note, at Location"},
	{"204", "DELETE /notes/1 with alice's token: done, and nothing to say"},
	{"301", "GET /old, and /notes/ with a slash too many"},
	{"304", "GET /notes/1 with If-None-Match: what its ETag was"},
	{"400", "POST /login with a broken body, or a request that breaks HTTP's rules"},
	{"401", "GET /notes without a token, or with one that has ended"},
	{"403", "GET /notes/1 with bob's token: known, and not allowed"},
	{"404", "GET /nothing"},
	{"405", "DELETE /notes: Allow says what can be done there"},
	{"409", "POST /notes with {\"id\": 1, \"text\": \"x\"} while there is a note 1"},
	{"412", "PUT /notes/1 with If-Match: \"0\""},
	{"413", "POST /mirror with a body larger than the server takes"},
	{"415", "POST /notes with Content-Type: image/png"},
	{"429", "POST /login with a wrong password, six times"},
	{"500", "GET /crash"},
	{"501", "an unknown method: BREW /"},
	{"503", "GET /down, and anything while the server has too many connections"},
}

// index is the page that lists what there is. A browser says Accept:
// text/html, and gets the same in HTML.
func index(c *call, _ []byte) *httpmsg.Response {
	var b strings.Builder
	b.WriteString("Notes: a small service to talk HTTP to\n\nUsers: alice has the password wonderland, bob has builder.\nA * wants Authorization: Bearer TOKEN, and answers 401 without.\n\n")
	for _, r := range routes {
		star := " "
		if r.login {
			star = "*"
		}
		fmt.Fprintf(&b, "%s %-6s %-17s %s\n%27s%s\n", star, r.method, r.path, r.about, "", r.codes)
		if r.takes != nil {
			fmt.Fprintf(&b, "%27stakes %s\n", "", strings.Join(r.takes, ",\n                                 "))
		}
	}
	b.WriteString("\nWhere there is GET there is HEAD; OPTIONS is everywhere.\n\nStatus codes to be had:\n\n")
	for _, line := range codes {
		fmt.Fprintf(&b, "  %s  %s\n", line[0], line[1])
	}
	text, kind := b.String(), "text/plain; charset=utf-8"
	if accepts := strings.Join(c.req.Values("Accept"), ","); strings.Contains(accepts, "text/html") {
		text, kind = "<!DOCTYPE html>\n<title>Notes</title>\n<pre>\n"+strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)+"</pre>\n", "text/html; charset=utf-8"
	}
	return with(body(200, kind, []byte(text)), "Vary", "Accept")
}
