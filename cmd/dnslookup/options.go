package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"onwire/dnslookup"
	"onwire/dnslookup/world"
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

// options are the flags that all verbs share.
type options struct {
	env *cli.Env

	lab       bool
	worldDir  string
	seed      uint64
	roots     []string
	anchors   string
	short     bool
	tcp       bool
	tls       bool
	https     bool
	dnssec    bool
	noRecurse bool
	noMinimal bool
	mixCase   bool
	timeout   time.Duration
	timed     func() bool // --timeout is given

	world *world.World // in the lab
	shown bool         // a result is on the screen already
}

func (o *options) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.BoolVar(&o.lab, "lab", false, "ask the lab, a small Internet in memory, instead of the network")
	f.StringVar(&o.worldDir, "world", "", "a lab of your own: a folder of zone files, one of them root.zone")
	f.Uint64Var(&o.seed, "seed", 1, "the keys of the lab's zones follow from it")
	f.StringArrayVar(&o.roots, "root", nil, "start a walk at this root server instead of the Internet's (may be repeated)")
	f.StringVar(&o.anchors, "anchor", "", "trust the root's DS records in this file instead of IANA's")
	f.BoolVar(&o.tcp, "tcp", false, "ask over TCP from the start")
	f.BoolVar(&o.tls, "tls", false, "ask over TLS, port 853 (DoT)")
	f.BoolVar(&o.https, "https", false, "ask over HTTPS (DoH); @SERVER may be a URL")
	f.BoolVar(&o.dnssec, "dnssec", false, "verify the answer from the root's key down")
	f.BoolVar(&o.noRecurse, "no-recurse", false, "ask the server only for what it knows itself")
	f.BoolVar(&o.noMinimal, "no-minimise", false, "in a walk, tell every server the whole name (no RFC 9156)")
	f.BoolVar(&o.mixCase, "mix-case", false, "spell names in random case, against forged replies (0x20)")
	f.DurationVar(&o.timeout, "timeout", 0, "wait so long for each reply at first")
	o.timed = func() bool { return f.Changed("timeout") }
	root.Flags().BoolVar(&o.short, "short", false, "the data alone, one a line")
}

const labHint = "'dnslookup --lab www.example.cn' and 'dnslookup demo' need no network"

// resolver builds what the flags ask for. server is what stood behind the @.
func (o *options) resolver(ctx context.Context, mode dnslookup.Mode, server string) (*dnslookup.Resolver, error) {
	transport, err := o.transport()
	if err != nil {
		return nil, err
	}
	r := &dnslookup.Resolver{Mode: mode, Dial: (&net.Dialer{}).DialContext, Source: source}
	if o.lab || o.worldDir != "" {
		if r, err = o.labResolver(mode); err != nil {
			return nil, err
		}
	}
	r.Transport, r.DNSSEC, r.NoRecurse = transport, r.DNSSEC || o.dnssec, o.noRecurse
	r.NoMinimal, r.MixCase = o.noMinimal, o.mixCase
	if o.anchors != "" {
		if r.Anchors, err = readAnchors(o.anchors); err != nil {
			return nil, err
		}
	}
	if mode == dnslookup.Iterative {
		r.Transport = dnslookup.UDP
		if o.tcp {
			r.Transport = dnslookup.TCP
		}
		if o.tls || o.https {
			return nil, cli.Misuse("leave the flag out, or use the verb 'explain' with a server", "a walk from the root asks every server itself; those speak neither TLS nor HTTPS")
		}
		if server != "" {
			return nil, cli.Misuse("leave it out, or name another root with --root", "%q: a walk starts at the root, not at one server", server)
		}
		if err := o.ownRoots(r); err != nil {
			return nil, err
		}
	} else if err := o.servers(ctx, r, server); err != nil {
		return nil, err
	}
	if o.timed() {
		if o.timeout <= 0 {
			return nil, cli.Misuse("a time such as 500ms or 2s", "--timeout: %v is no time to wait", o.timeout)
		}
		r.Timeout = o.timeout
	}
	return r, nil
}

// maxAnchors is far more than a file of trust anchors has octets.
const maxAnchors = 1 << 20

func readAnchors(name string) ([]string, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(cli.Text(f), maxAnchors))
	if err != nil {
		return nil, notAsked(cli.CannotRead(name, err))
	}
	anchors, err := dnslookup.ParseAnchors(string(data))
	if err != nil {
		return nil, cli.Misuse("one a line, such as: . IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D", "--anchor %s: %v", name, err)
	}
	return anchors, nil
}

func (o *options) transport() (dnslookup.Transport, error) {
	chosen, n := dnslookup.UDP, 0
	for t, set := range map[dnslookup.Transport]bool{dnslookup.TCP: o.tcp, dnslookup.TLS: o.tls, dnslookup.HTTPS: o.https} {
		if set {
			chosen = t
			n++
		}
	}
	if n > 1 {
		return 0, cli.Misuse("choose one", "--tcp, --tls and --https cannot be used together")
	}
	return chosen, nil
}

// labResolver makes the lab and a resolver in it.
func (o *options) labResolver(mode dnslookup.Mode) (*dnslookup.Resolver, error) {
	var err error
	if o.worldDir != "" {
		o.world, err = world.Load(os.DirFS(o.worldDir), o.seed)
	} else {
		o.world, err = world.New(o.seed)
	}
	if err != nil {
		return nil, cli.Misuse("a folder of zone files, NAME.zone and root.zone; see the package dnslookup/world", "--world %s: %v", o.worldDir, err)
	}
	return o.world.Resolver(mode), nil
}

func (o *options) ownRoots(r *dnslookup.Resolver) error {
	for i, text := range o.roots {
		s, err := dnslookup.ParseServer(text, dnslookup.UDP)
		if err != nil || !s.Addr.Addr().IsValid() {
			return cli.Misuse("give its address: --root 192.0.2.1", "--root: %q is not an address", text)
		}
		if i == 0 {
			r.Servers = nil
		}
		r.Servers = append(r.Servers, s)
	}
	return nil
}

// servers chooses the recursors to ask: the one that was named, the lab's, or
// the system's.
func (o *options) servers(ctx context.Context, r *dnslookup.Resolver, server string) error {
	if o.world == nil {
		config, err := dnslookup.System(ctx)
		if err == nil {
			config.Apply(r)
			for i, s := range r.Servers {
				r.Servers[i].Addr = netip.AddrPortFrom(s.Addr.Addr(), defaultPort(r.Transport))
			}
		}
		if err != nil && server == "" {
			return &cli.Error{Code: 3, Message: err.Error(), Hint: "name a server: 'dnslookup NAME @9.9.9.9'; " + labHint}
		}
		r.Locate = locate(r)
	} else {
		for i, s := range r.Servers {
			r.Servers[i].Addr = netip.AddrPortFrom(s.Addr.Addr(), defaultPort(r.Transport))
		}
	}
	if server == "" {
		return nil
	}
	s, err := dnslookup.ParseServer(server, r.Transport)
	if err != nil {
		hint := "such as @9.9.9.9, @[2620:fe::fe]:53, @dns.quad9.net"
		if strings.Contains(server, "://") && !o.https {
			hint = "add --https"
		}
		return cli.Misuse(hint, "%v", err)
	}
	r.Servers, r.Search, r.Hosts = []dnslookup.Server{s}, nil, nil
	return nil
}

func defaultPort(t dnslookup.Transport) uint16 {
	return map[dnslookup.Transport]uint16{dnslookup.UDP: 53, dnslookup.TCP: 53, dnslookup.TLS: 853, dnslookup.HTTPS: 443}[t]
}

// locate finds the address of a server that is given by its name, with the
// system's own servers.
func locate(r *dnslookup.Resolver) func(context.Context, string) (netip.Addr, error) {
	helper := &dnslookup.Resolver{Dial: r.Dial, Servers: r.Servers, Hosts: r.Hosts, Source: r.Source, Cache: dnslookup.NewCache(100)}
	return func(ctx context.Context, name string) (netip.Addr, error) {
		if len(helper.Servers) == 0 {
			return netip.Addr{}, errors.New("the system names no server")
		}
		for i, s := range helper.Servers {
			helper.Servers[i].Addr = netip.AddrPortFrom(s.Addr.Addr(), 53)
		}
		res, err := helper.Lookup(ctx, name)
		if err != nil {
			return netip.Addr{}, err
		}
		return res.Addrs[0].Addr, nil
	}
}

// source tells which of our addresses the system would send from. Connecting a
// datagram socket sends nothing.
func source(to netip.Addr) netip.Addr {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// told turns an error of the package into what the command tells, with its
// exit code.
func (o *options) told(err error, name string) error {
	inLab := o.lab || o.worldDir != ""
	switch { // the hint is a command to copy
	case o.worldDir != "":
		name = "--world " + o.worldDir + " " + name
	case o.lab:
		name = "--lab " + name
	}
	var nameErr *dnslookup.NameError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &nameErr):
		return cli.Misuse("labels of 1 to 63 characters with dots between them, such as www.example.com", "%v", err)
	case errors.Is(err, dnslookup.ErrNXDomain), errors.Is(err, dnslookup.ErrNoData):
		return cli.Failed("", "%v", err)
	case errors.Is(err, dnslookup.ErrBogus):
		return &cli.Error{Code: 4, Message: err.Error(), Hint: fmt.Sprintf("'dnslookup dnssec %s' shows where the chain of trust breaks", name)}
	case errors.Is(err, dnslookup.ErrNetwork) && strings.Contains(err.Error(), "certificate"):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "somebody answers, but cannot show that it is this server: ask it by the name in its certificate"}
	case errors.Is(err, dnslookup.ErrNetwork) && !inLab, errors.Is(err, dnslookup.ErrTimeout) && !inLab:
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "is there a network? " + labHint}
	case errors.Is(err, dnslookup.ErrLoop), errors.Is(err, dnslookup.ErrLame), errors.Is(err, dnslookup.ErrBudget),
		errors.Is(err, dnslookup.ErrNetwork), errors.Is(err, dnslookup.ErrTimeout):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: fmt.Sprintf("'dnslookup trace %s' shows every step", name)}
	case errors.Is(err, dnslookup.ErrServer):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: fmt.Sprintf("'dnslookup trace %s' walks from the root by itself, past this server", name)}
	case errors.Is(err, dnslookup.ErrFormat):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "ask another server: 'dnslookup NAME @9.9.9.9'"}
	case errors.Is(err, context.Canceled):
		return &cli.Error{Code: 3, Message: "interrupted"}
	}
	return &cli.Error{Code: 3, Message: err.Error()}
}

// openFile opens a file, or tells why it cannot.
func openFile(name string) (*os.File, error) {
	f, err := cli.OpenFile(name)
	return f, notAsked(err)
}

// notAsked gives an error of a file the exit code 2: here 1 says that a name
// does not exist.
func notAsked(err error) error {
	if told, ok := errors.AsType[*cli.Error](err); ok {
		told.Code = 2
	}
	return err
}
