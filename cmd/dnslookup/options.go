package main

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
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

	nsid    bool
	cookie  bool
	subnet  string
	padding int

	// What dig's users type: see digFlags.
	types     []string
	className string
	reverseOf string
	port      uint16
	class     dnslookup.Class // of className, or of an argument

	given    func(flag string) bool
	verifies bool // the verb does, whatever --dnssec says

	world  *world.World // in the lab
	shown  bool         // a result is on the screen already
	noAAAA bool         // resolv.conf says so, and no type was named
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
	f.DurationVar(&o.timeout, "timeout", 0, "wait so long for each reply")
	f.BoolVar(&o.nsid, "nsid", false, "ask the server which machine it is (RFC 5001)")
	f.BoolVar(&o.cookie, "cookie", false, "send a DNS cookie, and demand it back (RFC 7873)")
	f.StringVar(&o.subnet, "subnet", "", "ask on behalf of this network (RFC 7871); 0.0.0.0/0 asks to keep it private")
	f.IntVar(&o.padding, "padding", 0, "make the query a multiple of so many bytes long (RFC 7830)")
	f.Lookup("padding").NoOptDefVal = "128" // RFC 8467 4.1
	o.given = f.Changed
	root.Flags().BoolVar(&o.short, "short", false, "the data alone, one a line")
}

const labHint = "'dnslookup --lab www.example.cn' and 'dnslookup demo' need no network"

// resolver builds what the flags ask for. server is what stood behind the @.
func (o *options) resolver(ctx context.Context, mode dnslookup.Mode, server string) (*dnslookup.Resolver, error) {
	transport, err := o.transport()
	if err != nil {
		return nil, err
	}
	if err := o.unused(mode); err != nil {
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
	r.Class = o.class
	if r.EDNS, err = o.edns(); err != nil {
		return nil, err
	}
	if o.anchors != "" {
		if r.Anchors, err = readAnchors(o.anchors); err != nil {
			return nil, err
		}
	}
	if err := o.anchored(r); err != nil {
		return nil, err
	}
	if mode == dnslookup.Iterative {
		r.Transport = dnslookup.UDP
		if o.tcp {
			r.Transport = dnslookup.TCP
		}
		if o.tls || o.https {
			return nil, cli.Misuse("leave the flag out, or use the verb 'explain' with a server", "a walk from the root asks every server itself, and those speak neither TLS nor HTTPS")
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
	if o.given("timeout") {
		if o.timeout <= 0 {
			return nil, cli.Misuse("a time such as 500ms or 2s", "--timeout: %v is no time to wait", o.timeout)
		}
		r.Timeout = o.timeout
	}
	return r, nil
}

// unused refuses flags that would have no effect.
func (o *options) unused(mode dnslookup.Mode) error {
	walks := mode == dnslookup.Iterative
	for _, wrong := range []struct {
		yes        bool
		flag, hint string
	}{
		{!walks && o.given("root"), "--root", "'dnslookup trace' and 'dnslookup dnssec' walk; here @SERVER is asked"},
		{!walks && o.noMinimal, "--no-minimise", "'dnslookup trace' and 'dnslookup dnssec' walk; a recursor is told the whole name"},
		{walks && o.noRecurse, "--no-recurse", "a walk never asks a server to recurse: leave it out"},
		{walks && o.class != 0 && o.class != dnslookup.ClassIN, "class " + o.class.String(), "only class IN has a root to walk from: 'dnslookup NAME @SERVER' asks one server"},
		{(o.dnssec || o.verifies) && o.class != 0 && o.class != dnslookup.ClassIN, "class " + o.class.String(), "only class IN is signed: leave the verification out"},
		{walks && o.port != 0, "--server-port", "the servers of a walk all have port 53: leave it out"},
		{o.given("seed") && !o.lab && o.worldDir == "", "--seed", "it makes the keys of the lab: add --lab"},
	} {
		if wrong.yes {
			return cli.Misuse(wrong.hint, "%s has no effect here", wrong.flag)
		}
	}
	return nil
}

// anchored refuses trust anchors that nothing would be verified with.
func (o *options) anchored(r *dnslookup.Resolver) error {
	if o.anchors != "" && !r.DNSSEC && !o.verifies {
		return cli.Misuse("add --dnssec, or use the verb dnssec", "--anchor has no effect here: nothing is verified")
	}
	return nil
}

// maxPadding is a block length that no recommendation comes near.
const maxPadding = 1024

// edns reads the flags of EDNS options.
func (o *options) edns() (dnslookup.EDNSOptions, error) {
	e := dnslookup.EDNSOptions{NSID: o.nsid, Cookie: o.cookie, Padding: o.padding}
	if o.padding < 0 || o.padding > maxPadding {
		return e, cli.Misuse("128 is what RFC 8467 recommends for queries", "--padding: %d is not from 0 to %d", o.padding, maxPadding)
	}
	if o.subnet == "" {
		return e, nil
	}
	if o.subnet == "0" || o.subnet == "0/0" { // as dig's users write it
		e.Subnet = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		return e, nil
	}
	var err error
	if e.Subnet, err = netip.ParsePrefix(o.subnet); err == nil {
		return e, nil
	}
	addr, err := netip.ParseAddr(o.subnet)
	if err != nil || addr.Zone() != "" {
		return e, cli.Misuse("such as --subnet 192.0.2.0/24", "--subnet: %q is not a prefix", o.subnet)
	}
	e.Subnet = netip.PrefixFrom(addr, addr.BitLen())
	return e, nil
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
