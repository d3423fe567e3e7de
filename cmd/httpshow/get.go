package main

import (
	"context"
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"onwire/httpmsg"
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

// A getOptions are the flags of get.
type getOptions struct {
	method   string
	headers  []string
	data     string
	hasData  bool
	times    int
	close    bool
	pipeline bool
	insecure bool
	cacert   string
	timeout  time.Duration
}

func (a *app) getCommand() *cobra.Command {
	o := &getOptions{}
	c := &cobra.Command{
		Use:   "get URL...",
		Short: "Send requests, and show every byte both ways",
		Long: `Send requests, and show every byte both ways. All go over one connection as
long as both sides keep it and the URLs name the same host; -n repeats each.

The request is what the flags say and a Host; a header of -H replaces the one
that get would send, and "Name:" takes it away. -d sends a body, by POST unless
-X says otherwise; @FILE is a file's, @- that of stdin. Without a Content-Type
of yours, a body that is a JSON object goes as application/json, another as a
form; with 'Transfer-Encoding: chunked' in -H it goes as one chunk. A
redirection is shown, and not followed: that is another request.`,
		Example: `  go run ./cmd/httpshow get http://127.0.0.1:8080/ -n 2
  go run ./cmd/httpshow get http://127.0.0.1:8080/login -d 'user=alice&password=wonderland'
  go run ./cmd/httpshow get http://127.0.0.1:8080/notes/1 -X DELETE -H 'Authorization: Bearer TOKEN'
  go run ./cmd/httpshow get https://example.org/     TLS: what is hidden then`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.hasData = c.Flags().Changed("data")
			return a.get(c.Context(), o, args)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.method, "method", "X", "", "the method; GET, or POST with a body")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "a header field, 'Name: value'; may be given again")
	f.StringVarP(&o.data, "data", "d", "", "the body; @FILE or @- reads it")
	f.IntVarP(&o.times, "times", "n", 1, "how often each URL is asked for")
	f.BoolVar(&o.close, "close", false, "one connection a request: say Connection: close")
	f.BoolVar(&o.pipeline, "pipeline", false, "send all requests before the first answer")
	f.BoolVar(&o.insecure, "insecure", false, "take any certificate; it proves nothing then")
	f.StringVar(&o.cacert, "cacert", "", "a PEM file of who may sign certificates")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "for all of it")
	a.hexFlag(c)
	return c
}

// A job is one request to be sent.
type job struct {
	url     httpmsg.URL
	addr    string // host:port to connect to
	name    string // of the host, for its certificate
	secure  bool
	request *httpmsg.Request
	expects bool // the body waits for 100 Continue
}

// jobs makes the requests that the arguments ask for.
func (a *app) jobs(ctx context.Context, o *getOptions, urls []string) ([]job, error) {
	const most = 1000
	switch {
	case o.times < 1 || o.times*len(urls) > most:
		return nil, cli.Misuse("write a number from 1 to "+strconv.Itoa(most)+", all URLs together", "-n %d: that are %d requests", o.times, o.times*len(urls))
	case o.close && o.pipeline:
		return nil, cli.Misuse("choose one of them", "--close takes a connection a request, --pipeline one for all")
	case o.timeout <= 0:
		return nil, cli.Misuse("write a time such as 30s", "--timeout %v is not more than 0", o.timeout)
	}
	var body []byte
	switch {
	case strings.HasPrefix(o.data, "@"):
		b, err := a.read(ctx, o.data[1:])
		if err != nil {
			return nil, err
		}
		body = b
	case o.hasData:
		body = []byte(o.data)
	}
	method := o.method
	if method == "" {
		method = "GET"
		if o.hasData {
			method = "POST"
		}
	}
	var list []job
	for _, text := range urls {
		j, err := newJob(text)
		if err != nil {
			return nil, err
		}
		j.request = &httpmsg.Request{Method: method, Target: j.url.Target(), Body: body}
		if err := j.fields(o); err != nil {
			return nil, err
		}
		if _, err := j.request.Append(nil); err != nil {
			return nil, cli.Misuse("a request is lines, and a part of it can have no line end, or space where it ends", "%v", err)
		}
		for range o.times {
			list = append(list, j)
		}
	}
	return list, nil
}

// newJob reads a URL.
func newJob(text string) (job, error) {
	u, err := httpmsg.ParseURL(text)
	scheme := strings.ToLower(u.Text(u.Scheme))
	switch {
	case !u.Scheme.Present || !u.Authority.Present:
		return job{}, cli.Misuse("write http:// in front: a URL starts with its scheme (RFC 3986 4.2)", "%q is no URL: without scheme and host it is a relative reference", text)
	case err != nil:
		return job{}, cli.Misuse("'httpshow url' says more, and what a browser would make of it", "%q: %v", text, err)
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
	return job{url: u, addr: net.JoinHostPort(name, strconv.Itoa(port)), name: name, secure: scheme == "https"}, nil
}

// fields puts the header fields into the request, in the order of browsers:
// Host first (RFC 9110 7.2).
func (j *job) fields(o *getOptions) error {
	r := j.request
	type given struct {
		name, value string
		used        bool
	}
	var own []given
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return cli.Misuse("write 'Name: value', or 'Name:' to take it away", "-H %q has no colon", h)
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
