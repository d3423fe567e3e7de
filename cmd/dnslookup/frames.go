package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"onwire/dnslookup"
	"onwire/dnslookup/world"
	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/internal/term"
	"onwire/lab"
)

// The computer that asks. It is on the same switch as all servers: on the
// Internet there would be routers between them, which change none of this.
const clientName = "client"

var clientPrefix = netip.MustParsePrefix("198.51.100.200/24")

// settle is how long the wire is watched after the look-up: a connection may
// still be closing.
const settle = time.Second

// joinLab puts a world's servers on the hosts of a network, each under its own
// name and address, and the resolver on a host of its own, which it returns.
// The network carries IPv4 alone, so that one server is one address.
func joinLab(ctx context.Context, n *lab.Network, w *world.World, r *dnslookup.Resolver) (*lab.Host, error) {
	bits := clientPrefix.Bits()
	for _, server := range w.Servers() {
		if server.Is4() && !clientPrefix.Contains(server) {
			bits = 0 // a world of one's own: every address is on the switch
		}
	}
	client, err := n.Host(clientName, netip.PrefixFrom(clientPrefix.Addr(), bits))
	if err != nil {
		return nil, err
	}
	if err := addServers(ctx, n, w, bits); err != nil {
		return nil, err
	}
	w.Follow(n.Elapsed)
	r.Dial, r.After = client.DialContext, client.AfterFunc
	r.Source = func(netip.Addr) netip.Addr { return clientPrefix.Addr() }
	r.Servers = slices.DeleteFunc(r.Servers, func(s dnslookup.Server) bool { return s.Addr.Addr().Is6() })
	return client, nil
}

// addServers makes a host of every server with an IPv4 address.
func addServers(ctx context.Context, n *lab.Network, w *world.World, bits int) error {
	addrs := map[string][]netip.Prefix{} // by the server's name
	var names []string
	for _, server := range w.Servers() {
		if server.Is6() {
			continue
		}
		name := serverName(w, server)
		if addrs[name] == nil {
			names = append(names, name)
		}
		addrs[name] = append(addrs[name], netip.PrefixFrom(server, bits))
	}
	for _, name := range names {
		host, err := n.Host(name, addrs[name]...)
		if err != nil {
			return err
		}
		for _, server := range host.Addrs() {
			at := netip.AddrPortFrom(server, dnsPort).String()
			ln, err := host.Listen("tcp", at)
			if err != nil {
				return err
			}
			conn, err := host.ListenPacket("udp", at)
			if err != nil {
				return err // the network closes what is open
			}
			w.Serve(ctx, server, ln, conn)
		}
	}
	return nil
}

// serverName is the name of a server's host: its address if no zone names it.
func serverName(w *world.World, server netip.Addr) string {
	if name := strings.TrimSuffix(w.Name(server), "."); name != "" {
		return name
	}
	return server.String()
}

// frames looks a name up over the wires of a lab, and shows every frame.
func (o *options) frames(ctx context.Context, args []string, flags *labcli.Flags) error {
	if len(args) == 0 {
		args = []string{"a.example.cn"}
	}
	name, types, server, err := o.oneName("demo --frames", args)
	if err != nil {
		return err
	}
	o.lab = true
	r, err := o.resolver(ctx, dnslookup.Iterative, server)
	if err != nil {
		return err
	}
	run, err := flags.Start(nil, lab.TCP{})
	if err != nil {
		return err
	}
	defer run.Close()
	defer context.AfterFunc(ctx, func() { run.Close() })()
	client, err := joinLab(ctx, run.Network, o.world, r)
	if err != nil {
		return cli.Misuse("every server needs an IPv4 address of its own", "this world does not fit on the lab's switch: %v", err)
	}
	if err := flags.Check(o.hostNames()); err != nil {
		return err
	}
	run.Say(client, "looks up %s %s", name, join(types, " and "))
	r.Trace = func(s dnslookup.Step) {
		switch {
		case s.Outcome == dnslookup.Silent && s.Query != nil:
			run.Say(client, "got no answer from %s within %s", show(s.Server.Name), millis(s.RTT))
		case s.Outcome == dnslookup.CutOff:
			run.Say(client, "asks again over TCP: %d bytes came, and the rest was cut off", len(s.Reply))
		}
	}
	res, err := r.Lookup(ctx, name, types...)
	run.Say(client, "%s", headlineOf(res, err))
	client.Sleep(settle)
	run.Close()

	frames := run.Recording.Frames()
	dns := listen(frames)
	draw := &labcli.Show{Env: o.env, Flags: flags, Hosts: talkers(frames), Label: dns.label, Fields: dns.fields}
	if bad := draw.Run(ctx, run); bad != nil {
		return bad
	}
	if !o.env.JSON {
		o.env.Screen().Printf("\n")
	}
	shown := o.show(res, err, name)
	if errors.Is(err, dnslookup.ErrTimeout) || errors.Is(err, dnslookup.ErrNetwork) {
		message, _ := cli.Parts(shown)
		return &cli.Error{Code: 3, Message: message, Hint: "the wire of this demo swallowed too much: ask for fewer faults, or for another --seed"}
	}
	return shown
}

// hostNames returns the names of all hosts on the switch.
func (o *options) hostNames() []string {
	names := []string{clientName}
	for _, server := range o.world.Servers() {
		if name := serverName(o.world, server); server.Is4() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// talkers returns the hosts that sent something, in that order: the others
// need no line of their own.
func talkers(frames []lab.Recorded) []string {
	names := []string{clientName}
	for _, f := range frames {
		if !slices.Contains(names, f.From) {
			names = append(names, f.From)
		}
		if f.To != "all" && !slices.Contains(names, f.To) {
			names = append(names, f.To)
		}
	}
	if len(names) == 1 {
		names = append(names, "all")
	}
	return names
}

// headlineOf says what the look-up came to, in a line.
func headlineOf(res *dnslookup.Result, err error) string {
	switch {
	case err != nil:
		return "gives up: " + err.Error()
	case len(res.Addrs) > 0:
		return fmt.Sprintf("knows the address: %v", res.Addrs[0].Addr)
	}
	return fmt.Sprintf("has its answer: %s", term.Count(len(res.Records), "record"))
}
