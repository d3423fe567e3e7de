package main

import (
	"context"
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
	head     bool   // -I
	location bool   // -L
	output   string // -o
	user     string // -u
}

func (a *app) getCommand() *cobra.Command {
	o := &getOptions{}
	c := &cobra.Command{
		Use:   "get URL...",
		Short: "Send requests, and show every byte both ways",
		Long: `Send requests, and show every byte both ways. All go over one connection as
long as both sides keep it and the URLs name the same host; -n repeats each.

The request is what the flags say and a Host; a header of -H replaces the one
that get would send, and "Name:" leaves it out. -d sends a body, by POST unless
-X says otherwise; @FILE is a file's, @- that of stdin. Without a Content-Type
of yours, a body that is a JSON object goes as application/json, another as a
form; with 'Transfer-Encoding: chunked' in -H it goes as one chunk.

A response whose length is not known is shown as it comes. -L follows up to 20
redirections: 303, and 301 and 302 after POST, become GET, 307 and 308 keep the
method and the body, and no other origin gets the user, the password or the
cookies. A user and a password in the URL, or of -u, are sent as Basic.`,
		Example: `  go run ./cmd/httpshow get http://127.0.0.1:8080/ -n 2
  go run ./cmd/httpshow get http://127.0.0.1:8080/login -d 'user=alice&password=wonderland'
  go run ./cmd/httpshow get http://127.0.0.1:8080/notes/1 -X DELETE -H 'Authorization: Bearer TOKEN'
  go run ./cmd/httpshow get -L -o page.html http://127.0.0.1:8080/notes/
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
	f.BoolVarP(&o.head, "head", "I", false, "send HEAD: the head alone comes back")
	f.BoolVarP(&o.location, "location", "L", false, "follow redirections, 20 at most")
	f.StringVarP(&o.output, "output", "o", "", "write the body to this file too; - is stdout, and nothing else")
	f.StringVarP(&o.user, "user", "u", "", "USER:PASSWORD, sent as Basic")
	f.BoolVarP(&o.insecure, "insecure", "k", false, "take any certificate; it proves nothing then")
	f.StringVar(&o.cacert, "cacert", "", "a PEM file of the authorities to trust")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "for all of it")
	a.hexFlag(c)
	asCurl(c)
	return c
}

// jobs makes the requests that the arguments ask for.
func (a *app) jobs(ctx context.Context, o *getOptions, urls []string) ([]job, error) {
	const most = 1000
	switch {
	case o.times < 1 || o.times*len(urls) > most:
		return nil, cli.Misuse("write a number from 1 to "+strconv.Itoa(most)+", all URLs together", "-n %d: %d requests, and the limit is %d", o.times, o.times*len(urls), most)
	case o.close && o.pipeline:
		return nil, cli.Misuse("choose one of them", "--close takes a connection a request, --pipeline one for all")
	case o.location && o.pipeline:
		return nil, cli.Misuse("choose one of them", "-L waits for each response, --pipeline sends all requests before the first")
	case o.head && o.hasData:
		return nil, cli.Misuse("HEAD has no body: leave -d out, or -I", "-I and -d contradict each other")
	case o.head && o.method != "" && o.method != "HEAD":
		return nil, cli.Misuse("choose one of them", "-I sends HEAD, -X %s sends that", o.method)
	case o.output != "" && o.times*len(urls) > 1:
		return nil, cli.Misuse("ask for one URL, once", "-o %s takes the body of one response; these are %d requests", o.output, o.times*len(urls))
	case o.output == "-" && a.JSON:
		return nil, cli.Misuse("--json has the bytes of the body in hex; or name a file", "-o - and --json both write to stdout")
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
	switch {
	case o.head:
		method = "HEAD"
	case method != "":
	case o.hasData:
		method = "POST"
	default:
		method = "GET"
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
