package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"onwire/httpmsg"
	"onwire/internal/cli"
)

// maxHops bounds the redirections that -L follows.
const maxHops = 20

// follow sends the requests that the redirections after j ask for.
func (g *getter) follow(ctx context.Context, j job) error {
	for hop := 1; ; hop++ {
		to, ok := redirection(g.last)
		if !ok {
			return nil
		}
		if hop > maxHops {
			return cli.Failed("the server may redirect in a circle: look at the Location lines above", "more than %d redirections", maxHops)
		}
		next, err := g.redirect(j, g.last.Status, to, hop)
		if err != nil {
			return err
		}
		if err := g.batch(ctx, []job{next}); err != nil {
			return g.broke(ctx, next.addr, err)
		}
		j = next
	}
}

// redirection returns where a response leads to, if it does (RFC 9110 15.4).
func redirection(m *httpmsg.Message) (to string, ok bool) {
	if m == nil {
		return "", false
	}
	switch m.Status {
	case 301, 302, 303, 307, 308:
		return m.Get("Location")
	}
	return "", false
}

// redirect makes the next request of one that was redirected, and says what
// changes.
func (g *getter) redirect(j job, status int, location string, hop int) (job, error) {
	ref, err := httpmsg.ParseURL(location)
	if err != nil {
		return job{}, cli.Failed("the server sent it; 'httpshow url' says what is wrong with it", "Location %q cannot be followed: %v", location, err)
	}
	text := j.url.Resolve(ref)
	if j.url.Fragment.Present && !ref.Fragment.Present {
		text += "#" + j.url.Text(j.url.Fragment) // RFC 9110 10.2.2
	}
	next, err := newJob(text)
	if err != nil {
		why, _ := cli.Parts(err)
		return job{}, cli.Failed("the server sent it; nothing else was wrong", "Location cannot be followed: %s", why)
	}
	r := *j.request
	r.Headers = slices.Clone(r.Headers)
	r.Target = next.url.Target()
	method := nextMethod(r.Method, status)
	said := []string{fmt.Sprintf("%d keeps the method and the body", status)}
	if status <= 303 {
		said[0] = fmt.Sprintf("%d: the method stays %s", status, r.Method)
	}
	if method != r.Method {
		said[0] = fmt.Sprintf("%d: %s becomes GET, without a body", status, r.Method)
		r.Method, r.Body = method, nil
		drop(&r, "Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Content-Language", "Content-Location", "Expect")
	} else {
		next.expects = j.expects
	}
	dropped := []string{}
	if next.addr != j.addr || next.secure != j.secure {
		dropped = drop(&r, "Authorization", "Cookie", "Proxy-Authorization")
		for i := range r.Headers {
			if strings.EqualFold(r.Headers[i].Name, "Host") {
				r.Headers[i].Value = next.url.HostField()
			}
		}
		if len(dropped) > 0 {
			said = append(said, "another origin: "+strings.Join(dropped, " and ")+" is not sent")
		}
	}
	if ref.User.Present {
		said = append(said, "the user in Location is not sent (RFC 9110 4.2.4)")
	}
	next.request = &r
	if g.JSON {
		return next, g.PrintJSON(redirectRecord{"redirect", hop, status, j.url.Raw, next.url.Raw, r.Method, dropped, g.since()})
	}
	g.say("next", fmt.Sprintf("redirection %d leads to %s (RFC 9110 15.4)", hop, visible(next.url.Raw)))
	for _, s := range said {
		g.say("", s)
	}
	return next, nil
}

// nextMethod is the method of the request that a redirection asks for. 301 and
// 302 would keep POST, and browsers never did (RFC 9110 15.4.2, 15.4.3).
func nextMethod(method string, status int) string {
	switch {
	case status == 303 && method != "GET" && method != "HEAD":
		return "GET"
	case (status == 301 || status == 302) && method == "POST":
		return "GET"
	}
	return method
}

// drop removes header fields, and returns which of them there were.
func drop(r *httpmsg.Request, names ...string) []string {
	gone := []string{}
	r.Headers = slices.DeleteFunc(r.Headers, func(h httpmsg.Pair) bool {
		for _, name := range names {
			if strings.EqualFold(h.Name, name) {
				if !slices.Contains(gone, name) {
					gone = append(gone, name)
				}
				return true
			}
		}
		return false
	})
	return gone
}

// A redirectRecord is a redirection that is followed, in --json.
type redirectRecord struct {
	Event   string   `json:"event"`
	Hop     int      `json:"hop"`
	Status  int      `json:"status"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Method  string   `json:"method"`
	Dropped []string `json:"dropped"`
	T       int64    `json:"t_us"`
}
