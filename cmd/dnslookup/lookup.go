package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"
)

// lookup is what the command does without a verb.
func (o *options) lookup(ctx context.Context, args []string) error {
	names, types, server, err := o.parseArgs(args)
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
	if slices.ContainsFunc(types, isTransfer) {
		return o.transfer(ctx, r, names, types)
	}
	o.noAAAA = r.Options.NoAAAA && len(types) == 0
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

// show prints a result. Its error is returned, after what was found before it:
// the aliases, and the servers that were named instead of an answer.
func (o *options) show(res *dnslookup.Result, err error, name string) error {
	negative := errors.Is(err, dnslookup.ErrNXDomain) || errors.Is(err, dnslookup.ErrNoData)
	switch {
	case o.env.JSON:
		if bad := o.env.PrintJSON(o.resultJSON(res, err)); bad != nil {
			return bad
		}
	case o.short:
		o.shortly(res)
	case err == nil, negative, len(res.Chain) > 0, len(res.Referral) > 0:
		o.screen(res, err)
	default:
		o.noteAside(res)
	}
	switch {
	case negative:
		return cli.Exit(1)
	case err != nil && len(res.Referral) > 0 && len(res.Chain) == 0 && !o.short:
		return cli.Exit(3)
	}
	return o.told(err, name)
}

// shortly prints the data alone: of the records, or without them of the aliases
// that led nowhere. What is to be said goes to stderr.
func (o *options) shortly(res *dnslookup.Result) {
	found := res.Records
	if len(found) == 0 {
		found = res.Chain
	}
	for _, rr := range found {
		o.env.Screen().Printf("%s\n", rr.Data)
	}
	o.noteAside(res)
}

// noteAside writes the notes to stderr, where there is no screen for them.
func (o *options) noteAside(res *dnslookup.Result) {
	for _, text := range o.notes(res) {
		fmt.Fprintf(o.env.Stderr, "note: %s\n", text)
	}
}

// notes says what a result does not show by itself.
func (o *options) notes(res *dnslookup.Result) []string {
	var notes []string
	for _, e := range res.Failed {
		if errors.Is(e, dnslookup.ErrNXDomain) {
			notes = append(notes, fmt.Sprintf("asked for %s, the server says that the name does not exist: it contradicts itself (RFC 4074 4.2)", e.Question.Type))
			continue
		}
		_, why, _ := strings.Cut(e.Error(), ": ")
		notes = append(notes, fmt.Sprintf("there is no answer for %s: %s", e.Question.Type, why))
	}
	if res.Rcode == dnslookup.NXDomain && len(res.Records) > 0 {
		notes = append(notes, "the reply says that the name does not exist, and yet has records of it: the server contradicts itself, and its header counts")
	}
	if o.noAAAA {
		notes = append(notes, "AAAA was not asked for, since resolv.conf says no-aaaa")
	}
	return notes
}

// screen shows a result in words.
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
		add("tried before", show(name)+": nothing there (search list)")
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
		text := fmt.Sprintf("%s; may be remembered for %s", theZone(n.Zone), dnslookup.Duration(n.TTL))
		if n.By != "" {
			text = fmt.Sprintf("%s does not exist, so nothing below it does", show(n.By))
		}
		add("according to", text)
	}
	add("result", result(res, err))
	switch {
	case res.Local != "":
		add("no server asked", res.Local)
	case res.Server.Addr.IsValid() || res.Cached:
		add("answered by", answered(res))
	}
	for _, text := range o.notes(res) {
		add("note", text)
	}
	for _, e := range res.Errors {
		add("the server adds", e.String())
	}
	for _, option := range res.Options {
		if option.Name != "Extended error" && option.Name != "Padding" {
			add("EDNS: "+option.Name, option.Value)
		}
	}
	if text := security(res.Security); text != "" {
		add("genuine?", text)
	}
	if res.Local == "" && !strings.HasSuffix(res.Name, ".arpa.") {
		if text := suffix(res); text != "" {
			add("public suffix", text)
		}
	}
	s.Table(append([][]string{nil}, rows...))
}
