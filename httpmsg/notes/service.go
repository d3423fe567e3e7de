package notes

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"time"

	"onwire/httpmsg"
)

// A Service is the notes, their owners and the tokens handed out. New makes
// one. It is safe for use by many connections at once.
type Service struct {
	now      func() time.Time
	newToken func() string
	down     bool

	mu     sync.Mutex
	notes  map[int]*note
	text   int // bytes of their texts
	next   int // where the search for a free id starts
	tokens map[string]session
	order  []string    // of the tokens, the oldest first
	wrong  []time.Time // the logins that failed lately
}

// Options change a Service; the zero Options make the usual one.
type Options struct {
	Now      func() time.Time // the time; nil is time.Now
	NewToken func() string    // makes a token; nil takes 130 bits at random
	Down     bool             // answer everything but the index page with 503
}

// New returns a Service that holds two notes of alice's.
func New(o Options) *Service {
	s := &Service{now: o.Now, newToken: o.NewToken, down: o.Down, notes: map[int]*note{}, next: 1, tokens: map[string]session{}}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newToken == nil {
		s.newToken = rand.Text
	}
	s.add("alice", "buy milk")
	s.add("alice", "read RFC 9110")
	return s
}

// A call is one request being answered.
type call struct {
	*Service
	req         *httpmsg.Head
	path, query string
	id          int    // the number in the path
	user        string // whose token came; "" where no login is needed
	token       string
}

// Handle answers a request. What the head decides is answered
// before the body is read: a client that sends Expect: 100-continue then keeps
// a body that is not needed (RFC 9110 10.1.1). If the body matters, Handle
// returns no response but a function that makes it from the body.
func (s *Service) Handle(req *httpmsg.Head) (*httpmsg.Response, func(body []byte) *httpmsg.Response) {
	c := &call{Service: s, req: req}
	c.path, c.query = pathAndQuery(req)
	r, answer := c.route()
	if r == nil {
		return answer, nil
	}
	if r.login {
		if refused := c.authorize(); refused != nil {
			return refused, nil
		}
	}
	if r.takes == nil {
		return r.run(c, nil), nil
	}
	if refused := c.refuseMedia(r); refused != nil {
		return refused, nil
	}
	return nil, func(body []byte) *httpmsg.Response { return r.run(c, body) }
}

// pathAndQuery cuts a target in origin-form, or in the absolute-form that
// proxies get, which a server has to understand too (RFC 9112 3.2.2).
func pathAndQuery(req *httpmsg.Head) (path, query string) {
	target := req.Text(req.Target)
	if req.Form == httpmsg.AbsoluteForm {
		_, rest, _ := strings.Cut(target, "://")
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			target = rest[i:]
		} else {
			target = "/"
		}
	}
	path, query, _ = strings.Cut(target, "?")
	if path == "" {
		path = "/"
	}
	return path, query
}

// known are the methods that this service has heard of. It answers 405 to those
// of them that a path does not have (RFC 9110 9.1), and 501 to the others: to
// CONNECT too, which asks for a proxy.
var known = map[string]bool{
	"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true,
	"DELETE": true, "OPTIONS": true, "TRACE": true,
}

// route returns the route of a request, or the answer that ends it here.
func (c *call) route() (*route, *httpmsg.Response) {
	method := c.req.Text(c.req.Method)
	switch {
	case !known[method]:
		return nil, problem(501, "%q is not a method that this service knows; methods are case-sensitive", method)
	case method == "OPTIONS" && c.path == "*":
		return nil, with(empty(204), "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
	case c.down && c.path != "/":
		return nil, outOfOrder(c, nil)
	}
	var allow []string
	var found *route
	for i := range routes {
		r := &routes[i]
		id, ok := r.match(c.path)
		if !ok {
			continue
		}
		c.id = id
		allow = append(allow, r.method)
		if r.method == "GET" {
			allow = append(allow, "HEAD")
		}
		if r.method == method || r.method == "GET" && method == "HEAD" {
			found = r
		}
	}
	allowed := strings.Join(append(allow, "OPTIONS"), ", ")
	switch {
	case found != nil:
		return found, nil
	case allow != nil && method == "OPTIONS":
		return nil, with(empty(204), "Allow", allowed)
	case allow != nil:
		return nil, with(problem(405, "%s cannot be done to %s", method, c.path), "Allow", allowed)
	}
	if shorter := strings.TrimRight(c.path, "/"); shorter != c.path && exists(shorter) {
		return nil, moved(shorter)
	}
	return nil, problem(404, "there is nothing at %s; GET / lists what there is", c.path)
}

func exists(path string) bool {
	for i := range routes {
		if _, ok := routes[i].match(path); ok {
			return true
		}
	}
	return false
}

// match reports whether a path is r's, and the number in place of {id}.
func (r *route) match(path string) (id int, ok bool) {
	before, numbered := strings.CutSuffix(r.path, "{id}")
	if !numbered {
		return 0, path == r.path
	}
	digits, ok := strings.CutPrefix(path, before)
	if !ok {
		return 0, false
	}
	return noteID(digits)
}

// noteID reads the number of a note, 1 to 9999.
func noteID(digits string) (id int, ok bool) {
	n, err := strconv.ParseUint(digits, 10, 16)
	return int(n), err == nil && n >= 1 && n <= maxID && digits[0] != '0'
}
