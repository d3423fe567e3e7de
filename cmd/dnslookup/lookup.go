package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"
)

// lookup is what the command does without a verb.
func (o *options) lookup(ctx context.Context, args []string) error {
	names, types, server, err := parseArgs(args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return cli.Misuse("'dnslookup www.example.com', 'dnslookup demo', or 'dnslookup --help'", "no name to look up")
	}
	for _, name := range names {
		if err := notName(name); err != nil {
			return err
		}
	}
	r, err := o.resolver(ctx, dnslookup.Stub, server)
	if err != nil {
		return err
	}
	if len(names) > 1 {
		r.Cache = dnslookup.NewCache(0)
	}
	code := 0
	for _, name := range names {
		var failed *cli.Error
		if err := o.one(ctx, r, name, types); errors.As(err, &failed) {
			code = max(code, failed.Code)
			if failed.Message != "" {
				if len(names) == 1 {
					return err
				}
				o.env.Report("dnslookup", err)
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return exit(code)
}

func exit(code int) error {
	if code == 0 {
		return nil
	}
	return cli.Exit(code)
}

// one looks one name up and shows what was found.
func (o *options) one(ctx context.Context, r *dnslookup.Resolver, name string, types []dnslookup.Type) error {
	var res *dnslookup.Result
	var err error
	if addr, bad := netip.ParseAddr(name); bad == nil && len(types) == 0 { // the other direction is what is meant
		res, err = r.Reverse(ctx, addr)
	} else {
		full, types := ofAddress(name, types)
		res, err = r.Lookup(ctx, full, types...)
	}
	return o.show(res, err, name)
}

// show prints a result, or returns its error.
func (o *options) show(res *dnslookup.Result, err error, name string) error {
	negative := errors.Is(err, dnslookup.ErrNXDomain) || errors.Is(err, dnslookup.ErrNoData)
	switch {
	case o.env.JSON:
		if bad := o.env.PrintJSON(resultJSON(res, err)); bad != nil {
			return bad
		}
	case err != nil && !negative && len(res.Referral) == 0:
	case o.short:
		for _, rr := range res.Records {
			o.env.Screen().Printf("%s\n", rr.Data)
		}
	default:
		o.screen(res, err)
	}
	if negative {
		return cli.Exit(1)
	}
	if err != nil && len(res.Referral) > 0 {
		return cli.Exit(3)
	}
	return o.told(err, name)
}

// screen tells a result in words.
func (o *options) screen(res *dnslookup.Result, err error) {
	s := o.env.Screen()
	if o.shown {
		s.Printf("\n")
	}
	o.shown = true
	s.Printf("%s\n", s.Wrap(0, s.Paint(term.Bold, headline(res, err))))
	var rows [][]string
	add := func(label, text string) { rows = append(rows, []string{"  " + s.Paint(term.Blue, label), text}) }
	for _, name := range res.Searched {
		add("tried before", dnslookup.Unicode(name)+": no such name (search list)")
	}
	for _, rr := range res.Chain {
		kind := "alias (CNAME)"
		if rr.Type == dnslookup.TypeDNAME {
			kind = "alias of all below (DNAME)"
		}
		add(kind, fmt.Sprintf("%s -> %s, kept %s", show(rr.Name), show(rr.Data), dnslookup.Duration(rr.Lifetime())))
	}
	ttl := map[netip.Addr]dnslookup.Record{}
	for _, rr := range res.Records {
		if rr.Addr.IsValid() {
			ttl[rr.Addr] = rr
			continue
		}
		add(fmt.Sprintf("%s (%s)", rr.Type.Words(), rr.Type), fmt.Sprintf("%s, kept %s", rr.Data, dnslookup.Duration(rr.Lifetime())))
	}
	for i, a := range res.Addrs {
		rr := ttl[a.Addr]
		text := fmt.Sprintf("%s, kept %s", s.Paint(term.Green, a.Addr.String()), dnslookup.Duration(rr.Lifetime()))
		if res.Local != "" {
			text = s.Paint(term.Green, a.Addr.String())
		}
		if a.Rule > 0 && a.Rule < 10 {
			text += fmt.Sprintf("; first, since %s (RFC 6724 rule %d)", a.Reason, a.Rule)
		}
		add(fmt.Sprintf("%d. %s (%s)", i+1, rr.Type.Words(), rr.Type), text)
	}
	for _, rr := range res.Referral {
		add("instead, it names", fmt.Sprintf("%s %s %s", show(rr.Name), rr.Type, rr.Data))
	}
	if n := res.Negative; n != nil && n.Zone != "" {
		text := fmt.Sprintf("the zone %s; may be remembered for %s", show(n.Zone), dnslookup.Duration(n.TTL))
		if n.By != "" {
			text = fmt.Sprintf("%s does not exist, so nothing below it does", show(n.By))
		}
		add("who says so", text)
	}
	add("result", result(res, err))
	if res.Local != "" {
		add("nobody was asked", res.Local)
	} else {
		add("who answered", answered(res))
	}
	for _, e := range res.Errors {
		add("the server adds", e.String())
	}
	if text := security(res.Security); text != "" {
		add("genuine?", text)
	}
	if res.Local == "" && !strings.HasSuffix(res.Name, ".arpa.") {
		if text := suffix(res.Name); text != "" {
			add("public suffix", text)
		}
	}
	s.Table(append([][]string{nil}, rows...))
}

// show writes a name for people: without the final dot, and both ways if it
// is an international one.
func show(name string) string {
	ascii := strings.TrimSuffix(name, ".")
	if ascii == "" {
		return "."
	}
	if u := dnslookup.Unicode(name); u != ascii {
		return fmt.Sprintf("%s (%s)", u, ascii)
	}
	return ascii
}

func headline(res *dnslookup.Result, err error) string {
	name := show(res.Name)
	switch n := len(res.Records); {
	case errors.Is(err, dnslookup.ErrNXDomain) && len(res.Chain) > 0:
		return fmt.Sprintf("%s leads to %s, which does not exist.", name, show(res.Negative.Name))
	case errors.Is(err, dnslookup.ErrNXDomain):
		return fmt.Sprintf("%s does not exist.", name)
	case errors.Is(err, dnslookup.ErrNoData):
		return fmt.Sprintf("%s exists, but has no %s record.", name, join(res.Types, " and no "))
	case len(res.Referral) > 0:
		return fmt.Sprintf("%s: this server does not know, and names others that do.", name)
	case len(res.Addrs) == 1 && n == 1:
		return fmt.Sprintf("%s has the address %s.", name, res.Addrs[0].Addr)
	case len(res.Addrs) == n:
		return fmt.Sprintf("%s has %d addresses, to be tried in this order:", name, n)
	case n == 1 && res.Records[0].Type == dnslookup.TypePTR:
		return fmt.Sprintf("%s is named %s.", name, show(res.Records[0].Data))
	case n == 1:
		return fmt.Sprintf("%s has one %s record.", name, res.Records[0].Type)
	case len(res.Types) == 1 && res.Types[0] != dnslookup.TypeANY:
		return fmt.Sprintf("%s has %d %s records.", name, n, res.Types[0])
	default:
		return fmt.Sprintf("%s has %d records.", name, n)
	}
}

func join(types []dnslookup.Type, with string) string {
	var names []string
	for _, t := range types {
		names = append(names, t.String())
	}
	return strings.Join(names, with)
}

func result(res *dnslookup.Result, err error) string {
	if errors.Is(err, dnslookup.ErrNoData) {
		return "NOERROR, no data (NODATA): the name exists, the type does not"
	}
	text := res.Rcode.String() + ", " + res.Rcode.Words()
	switch {
	case len(res.Referral) > 0:
		text += ": a referral does not tell whether the name exists"
	case res.Rcode == dnslookup.NoError:
		text += ": the name exists"
	}
	return text
}

func answered(res *dnslookup.Result) string {
	text := fmt.Sprintf("%s over %s, in %s", res.Server, res.Via, millis(res.Elapsed))
	if res.Queries != 1 {
		text += fmt.Sprintf(", with %d queries", res.Queries)
	}
	if res.TooLarge {
		text += "; asked again over TCP, since the answer was too large for UDP"
	}
	if res.Cached {
		text = "the cache: it was known from before"
	}
	return text
}

// millis writes a time as milliseconds.
func millis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 && ms != float64(int(ms)) {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

func security(sec dnslookup.Security) string {
	switch sec {
	case dnslookup.Secure:
		return "yes: a chain of signatures leads from the root's key to it (secure)"
	case dnslookup.Insecure:
		return "cannot be told: a zone on the way is provably not signed (insecure)"
	case dnslookup.Claimed:
		return "the server claims to have verified it (AD); --dnssec makes sure"
	}
	return ""
}

func suffix(name string) string {
	s, by := dnslookup.Suffix(name)
	trimmed := strings.TrimSuffix(name, ".")
	switch {
	case trimmed == s || by == "":
		return ""
	}
	owned := strings.TrimSuffix(trimmed, "."+s)
	owned = owned[strings.LastIndexByte(owned, '.')+1:] + "." + s
	return fmt.Sprintf("%s (%s); somebody has registered %s", dnslookup.Unicode(s), by, show(owned))
}
