package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/serve"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// serveAddr is where serve listens without an address.
const serveAddr = "127.0.0.1:5353"

// A server is one run of serve.
type server struct {
	*options
	maxConns int
	entries  int
	quiet    bool

	began time.Time
	log   *serve.Log
	mu    sync.Mutex
	count map[dnslookup.Source]int // queries
	drops int
}

func serveVerb(o *options) *cobra.Command {
	s := &server{options: o}
	c := &cobra.Command{
		Use:   "serve [ADDRESS:PORT]",
		Short: "A recursor for other programs; with --lab, of the lab's world",
		Long: `serve answers DNS queries over UDP and TCP until it is interrupted. It walks
from the root by itself, remembers, and verifies with DNSSEC. Without an
address it listens on 127.0.0.1:5353, and so does :5353; only an address such as
0.0.0.0:5353 opens it to other machines.

  dnslookup serve --lab 127.0.0.1:5353 &
  dig @127.0.0.1 -p 5353 www.example.cn

Names that an RFC keeps out of the public DNS, such as 10.in-addr.arpa, test and
home.arpa, are answered here (RFC 6303, RFC 6761), unless the lab has the zone.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			address := serveAddr
			if len(args) == 1 {
				address = args[0]
			}
			return s.serve(c.Context(), address)
		},
	}
	c.Flags().IntVar(&s.maxConns, "max-conns", 0, "TCP connections at once; 0 is what this process has descriptors for, at most 256")
	c.Flags().IntVar(&s.entries, "cache-size", 10_000, "answers to remember, of 2 KiB on average")
	c.Flags().BoolVar(&s.quiet, "quiet", false, "do not print a line for every query")
	return c
}

// bounds returns how many TCP connections and look-ups there may be at once:
// each takes a file descriptor.
func (s *server) bounds() (conns, lookups int) {
	all := serve.Descriptors()
	conns = s.maxConns
	if conns == 0 {
		conns = max(1, min(all/2, 256))
	}
	return conns, max(8, min(all-conns, 256))
}

// knowsKeys reports whether answers can be verified: always, but below a root of the
// user's own, on this computer or in a private network, whose keys are not given.
func (s *server) knowsKeys() bool {
	if s.anchors != "" || s.dnssec {
		return true
	}
	for _, root := range s.roots {
		server, err := dnslookup.ParseServer(root, dnslookup.UDP)
		if addr := server.Addr.Addr(); err == nil && (addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()) {
			return false
		}
	}
	return true
}

func (s *server) serve(ctx context.Context, address string) error {
	if s.maxConns < 0 {
		return cli.Misuse("write a number of connections, or 0 for as many as there are descriptors", "--max-conns %d is negative", s.maxConns)
	}
	if s.entries < 1 {
		return cli.Misuse("write a number such as 10000", "--cache-size %d is no number of answers", s.entries)
	}
	if addr, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
		address = netip.AddrPortFrom(addr, 5353).String()
	}
	s.verifies = true
	r, err := s.resolver(ctx, dnslookup.Iterative, "")
	if err != nil {
		return err
	}
	ln, conn, err := listenBoth(ctx, address)
	if err != nil {
		return err
	}
	serve.Open(s.env, ln.Addr())
	r.Cache, r.DNSSEC = dnslookup.NewCache(s.entries), s.knowsKeys()
	if !r.DNSSEC {
		fmt.Fprintln(s.env.Stderr, "note: nothing is verified, since this root has keys of its own; --anchor FILE names them")
	}
	if s.world != nil {
		s.world.Live()
	}
	recursor := &dnslookup.Recursor{Resolver: r, OnReply: s.replied}
	recursor.MaxConns, recursor.MaxLookups = s.bounds()

	s.began, s.log, s.count = time.Now(), serve.NewLog(s.env), map[dnslookup.Source]int{}
	s.log.Put(0, func() { s.welcome(ln.Addr()) })
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		cancel(recursor.ServeTCP(ctx, ln))
	}()
	cancel(recursor.ServeUDP(ctx, conn))
	<-done
	s.log.End(s.farewell)
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return &cli.Error{Code: 3, Message: "cannot go on serving: " + cli.NetCause(cause).Error(), Hint: "the socket is gone: start again"}
	}
	return nil
}

// listenBoth opens the same port for TCP and UDP. If the system chose it,
// another program may hold it for UDP, and the next one is tried.
func listenBoth(ctx context.Context, address string) (net.Listener, net.PacketConn, error) {
	address, err := cli.Addr(address, serveAddr)
	if err != nil {
		return nil, nil, err
	}
	var lc net.ListenConfig
	for range 10 {
		var ln net.Listener
		if ln, err = lc.Listen(ctx, serve.Network("tcp", address), address); err != nil {
			break
		}
		var conn net.PacketConn
		if conn, err = lc.ListenPacket(ctx, serve.Network("udp", ln.Addr().String()), ln.Addr().String()); err == nil {
			return ln, conn, nil
		}
		ln.Close()
		if !strings.HasSuffix(address, ":0") {
			break
		}
	}
	return nil, nil, cli.CannotListen(address, err, serveAddr)
}

func (s *server) welcome(at net.Addr) {
	if s.env.JSON {
		s.env.PrintJSON(map[string]any{"event": "listen", "address": at.String(), "lab": s.world != nil})
		return
	}
	host, port, _ := net.SplitHostPort(cli.Reachable(at))
	screen := s.env.Screen()
	screen.Printf("listening on %s, UDP and TCP; Ctrl-C ends it\n", at)
	screen.Printf("try: dig @%s -p %s www.example.cn +dnssec\n", host, port)
}

// replied counts a query, and prints it.
func (s *server) replied(q dnslookup.Served) {
	s.mu.Lock()
	s.count[q.From]++
	if q.Dropped {
		s.drops++
	}
	s.mu.Unlock()
	if s.quiet {
		return
	}
	now := time.Now()
	s.log.Put(len(q.Question.Name)+512, func() { s.print(now, q) })
}

// A queryRecord is a query in --json.
type queryRecord struct {
	Event     string              `json:"event"`
	T         int64               `json:"t_us"`
	Client    string              `json:"client"`
	Transport dnslookup.Transport `json:"transport"`
	Name      string              `json:"name"`
	Type      dnslookup.Type      `json:"type"`
	Rcode     dnslookup.Rcode     `json:"rcode"`
	From      dnslookup.Source    `json:"from"`
	RFC       string              `json:"rfc"`
	Queries   int                 `json:"queries"`
	Took      int64               `json:"took_us"`
	Dropped   bool                `json:"dropped"`
	Error     string              `json:"error"`
}

func (s *server) print(now time.Time, q dnslookup.Served) {
	why := ""
	if q.Err != nil {
		why = q.Err.Error()
	}
	if s.env.JSON {
		s.env.PrintJSON(queryRecord{"query", now.Sub(s.began).Microseconds(), q.Client.String(), q.Transport, q.Question.Name,
			q.Question.Type, q.Rcode, q.From, q.RFC, q.Queries, q.Took.Microseconds(), q.Dropped, why})
		return
	}
	what := "a query that cannot be read"
	if q.Question.Name != "" {
		what = show(q.Question.Name) + " " + q.Question.Type.String()
	}
	result := q.Rcode.String()
	if q.Dropped {
		result = "no reply"
	}
	how := map[dnslookup.Source]string{
		dnslookup.FromServers: sent(q.Queries) + ", " + millis(q.Took),
		dnslookup.FromMerged:  "with an equal query, " + millis(q.Took),
		dnslookup.FromMemory:  "from the cache",
		dnslookup.FromLocal:   "answered here",
		dnslookup.FromNowhere: "not looked up",
	}[q.From]
	if q.RFC != "" {
		how += " (" + q.RFC + ")"
	}
	line := q.Client.String() + "  " + what + "  " + result + ", " + how
	if why != "" {
		line += ": " + why
	}
	screen := s.env.Screen()
	screen.Printf("%s  %s\n", screen.Paint(term.Dim, now.Format("15:04:05.000")), screen.Wrap(14, wire.Escape(line)))
}

// sent says how many queries a look-up took.
func sent(n int) string {
	if n == 1 {
		return "1 query"
	}
	return fmt.Sprintf("%d queries", n)
}

func (s *server) farewell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := 0
	for _, n := range s.count {
		all += n
	}
	if s.env.JSON {
		s.env.PrintJSON(map[string]any{"event": "end", "t_us": time.Since(s.began).Microseconds(), "queries": all, "dropped": s.drops,
			"servers": s.count[dnslookup.FromServers], "merged": s.count[dnslookup.FromMerged], "cache": s.count[dnslookup.FromMemory], "local": s.count[dnslookup.FromLocal]})
		return
	}
	s.env.Screen().Printf("queries: %d (looked up: %d, merged with an equal one: %d, from the cache: %d, answered here: %d, dropped: %d)\n",
		all, s.count[dnslookup.FromServers], s.count[dnslookup.FromMerged], s.count[dnslookup.FromMemory], s.count[dnslookup.FromLocal], s.drops)
}
