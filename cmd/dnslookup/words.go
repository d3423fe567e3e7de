package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"onwire/dnslookup"
	"onwire/internal/term"
	"onwire/wire"
)

// show writes a name for people: without the final dot, and both ways if it
// is an international one.
func show(name string) string {
	ascii := strings.TrimSuffix(name, ".")
	if ascii == "" {
		return "."
	}
	if u := wire.Escape(dnslookup.Unicode(name)); u != ascii { // some scripts have joiners of no width
		return fmt.Sprintf("%s (%s)", u, ascii)
	}
	return ascii
}

func headline(res *dnslookup.Result, err error) string {
	name := show(res.Name)
	switch n := len(res.Records); {
	case errors.Is(err, dnslookup.ErrNXDomain) && n > 0:
		return fmt.Sprintf("%s does not exist, says a reply that has %s of it:", name, term.Count(n, "record"))
	case errors.Is(err, dnslookup.ErrNXDomain) && len(res.Chain) > 0:
		return fmt.Sprintf("%s leads to %s, which does not exist.", name, show(end(res)))
	case errors.Is(err, dnslookup.ErrNXDomain):
		return fmt.Sprintf("%s does not exist.", name)
	case errors.Is(err, dnslookup.ErrNoData):
		return fmt.Sprintf("%s exists, but has no %s record.", name, join(res.Types, " and no "))
	case err != nil && len(res.Chain) > 0:
		return fmt.Sprintf("%s leads to %s, and there the look-up failed.", name, show(end(res)))
	case len(res.Referral) > 0:
		return fmt.Sprintf("%s: this server does not answer for it, and names others.", name)
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

// end returns where the aliases lead.
func end(res *dnslookup.Result) string {
	last := res.Chain[len(res.Chain)-1]
	if last.Type == dnslookup.TypeDNAME && len(res.Chain) > 1 {
		last = res.Chain[len(res.Chain)-2]
	}
	return last.Data
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
	var e *dnslookup.Error
	switch {
	case len(res.Referral) > 0:
		text += ": a referral does not say whether the name exists (RFC 2308 2.2)"
	case errors.As(err, &e) && !errors.Is(err, dnslookup.ErrNXDomain) && res.Rcode == dnslookup.NoError:
		return "no answer: " + e.Kind.Error()
	case err != nil:
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
		return "nothing shows it: a zone on the way is provably not signed (insecure)"
	case dnslookup.Claimed:
		return "the server claims to have verified it (AD); --dnssec makes sure"
	}
	return ""
}

// suffix says below which public suffix a name is, and which name is
// registered there: unless the suffix's own zone says that there is none, or
// the answer does not show it.
func suffix(res *dnslookup.Result) string {
	s, by := dnslookup.Suffix(res.Name)
	name := strings.TrimSuffix(res.Name, ".")
	if name == s || by == "" {
		return ""
	}
	text := fmt.Sprintf("%s (%s)", wire.Escape(dnslookup.Unicode(s)), by)
	owned := strings.TrimSuffix(name, "."+s)
	owned = owned[strings.LastIndexByte(owned, '.')+1:] + "." + s
	if absent := res.Rcode == dnslookup.NXDomain && len(res.Chain) == 0 && !inside(res.Negative, owned); absent || len(res.Referral) > 0 {
		return text
	}
	return fmt.Sprintf("%s; %s is registered there", text, show(owned))
}

// inside reports whether an absence is the word of a zone at or below a name,
// or of a name below it.
func inside(n *dnslookup.Negative, name string) bool {
	if n == nil {
		return false
	}
	zone := strings.TrimSuffix(n.Zone, ".")
	return zone == name || strings.HasSuffix(zone, "."+name)
}

// theZone names a zone in a sentence.
func theZone(zone string) string {
	if zone == "." {
		return "the root"
	}
	return "the zone " + show(zone)
}
