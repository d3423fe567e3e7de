package main

import (
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"

	"onwire/httpmsg"
	"onwire/internal/cli"
	"onwire/ipaddr"
)

// A job is one request to be sent.
type job struct {
	url     httpmsg.URL
	addr    string // host:port to connect to
	name    string // of the host, for its certificate
	secure  bool
	request *httpmsg.Request
	expects bool     // the body waits for 100 Continue
	notes   []string // to be said with the request
}

// newJob reads a URL.
func newJob(text string) (job, error) {
	u, err := httpmsg.ParseURL(text)
	scheme := strings.ToLower(u.Text(u.Scheme))
	switch {
	case strings.HasPrefix(text, "{") || strings.HasPrefix(text, "["):
		return job{}, cli.Misuse("-d sends a body; --json is how the output is written", "%q is no URL", text)
	case (!u.Scheme.Present || !u.Authority.Present) && typo(text) != "":
		return job{}, cli.Misuse("switch the input method off: a URL is ASCII, and starts with http://", "%q is no URL: %s", text, typo(text))
	case !u.Scheme.Present || !u.Authority.Present:
		return job{}, cli.Misuse("write http:// in front: a URL starts with its scheme (RFC 3986 4.2)", "%q is no URL: without scheme and host it is a relative reference", text)
	case err != nil:
		hint := "'httpshow url' says more"
		if w, err := httpmsg.ParseWeb(text, toASCII); err == nil {
			hint = "a browser reads it as " + w.Href()
		}
		return job{}, cli.Misuse(hint, "%q: %v", text, err)
	case scheme != "http" && scheme != "https":
		return job{}, cli.Misuse("http and https are spoken here", "%q: the scheme is %q", text, scheme)
	case u.Host.Len() == 0:
		return job{}, cli.Misuse("write http://host/path", "%q names no host (RFC 9110 4.2.1)", text)
	}
	port, _ := u.PortNumber()
	if port < 1 {
		return job{}, cli.Misuse("a port is a number from 1 to 65535", "%q: there is no port %q", text, u.Text(u.Port))
	}
	name := strings.Trim(u.Text(u.Host), "[]")
	if decoded, err := httpmsg.Decode(name); err == nil {
		name = decoded
	}
	j := job{url: u, addr: net.JoinHostPort(name, strconv.Itoa(port)), name: name, secure: scheme == "https"}
	if u.Fragment.Present {
		j.notes = append(j.notes, "#"+u.Text(u.Fragment)+" stays here: a fragment is never sent (RFC 9110 4.2.5)")
	}
	if line := hostLine(httpmsg.Compare(text, toASCII)); line != "" {
		j.notes = append(j.notes, line)
	}
	return j, nil
}

// typo names the first character of a text that an input method has written in
// place of one of ASCII, or is "".
func typo(text string) string {
	if first, _, ok := ipaddr.FindTypo(text); ok {
		return first.String()
	}
	return ""
}

// wideColon is the end of the sentence that a text has no colon, where it has
// the full-width one that looks like it.
func wideColon(text string) string {
	if strings.ContainsRune(text, '：') {
		return ": " + typo("：")
	}
	return ""
}

// A given is a header field of -H.
type given struct {
	name, value string
	used        bool
}

// fields puts the header fields into the request, in the order of browsers:
// Host first (RFC 9110 7.2).
func (j *job) fields(o *getOptions) error {
	r := j.request
	var own []given
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return cli.Misuse("write 'Name: value', or 'Name:' to leave it out", "-H %q has no colon%s", h, wideColon(h))
		}
		own = append(own, given{strings.TrimSpace(name), strings.TrimSpace(value), false})
	}
	add := func(name, value string) {
		replaced := false
		for i := range own {
			if strings.EqualFold(own[i].name, name) && !own[i].used {
				own[i].used, replaced = true, true
				if own[i].value != "" {
					r.Headers = append(r.Headers, httpmsg.Pair{Name: own[i].name, Value: own[i].value})
				}
			}
		}
		if !replaced && value != "" {
			r.Headers = append(r.Headers, httpmsg.Pair{Name: name, Value: value})
		}
	}
	add("Host", j.url.HostField())
	add("User-Agent", "httpshow")
	add("Accept", "*/*")
	if err := j.authorize(o, own, add); err != nil {
		return err
	}
	if o.hasData {
		add("Content-Type", guessType(r.Body))
		if slices.ContainsFunc(own, func(h given) bool {
			return strings.EqualFold(h.name, "Transfer-Encoding") && strings.EqualFold(h.value, "chunked")
		}) {
			r.Body, _ = httpmsg.AppendLastChunk(httpmsg.AppendChunk(nil, r.Body)) // no trailer, no error
		} else {
			add("Content-Length", strconv.Itoa(len(r.Body)))
		}
	}
	if o.close {
		add("Connection", "close")
	}
	for _, h := range own {
		if !h.used && h.value != "" {
			r.Headers = append(r.Headers, httpmsg.Pair{Name: h.name, Value: h.value})
		}
		if strings.EqualFold(h.name, "Expect") && strings.EqualFold(h.value, "100-continue") {
			j.expects = len(r.Body) > 0
		}
	}
	return nil
}

// guessType is the Content-Type of a body for which the user gave none.
func guessType(body []byte) string {
	if len(body) > 0 && body[0] == '{' && json.Valid(body) {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}
