package ipaddr

import (
	"fmt"
	"net/netip"
	"strings"

	"onwire/wire"
)

// A Step is one step on the way from a text to what is known about it.
type Step struct {
	Title string    `json:"title"`
	Note  wire.Note `json:"note"` // why the step is taken, and what comes of it
	RFC   string    `json:"rfc"`
	Rows  []Row     `json:"rows"` // the step worked out, line under line
}

// A Row is one line of a calculation.
type Row struct {
	Label string `json:"label"`
	Bits  string `json:"bits"` // in groups, with "|" where a prefix ends
	Value string `json:"value"`
}

// Bits draws the bits of an address in groups of eight (IPv4, with dots) or
// sixteen (IPv6, with colons), and marks the end of the first length bits with
// "|" in place of, or between, the marks. No mark is drawn for a length of 0
// or less.
func Bits(a netip.Addr, length int) string {
	mark, size := ".", 8
	if a.Is6() {
		mark, size = ":", 16
	}
	var b strings.Builder
	for i, c := range strings.Join(Groups(a), "") {
		switch {
		case i == length && length > 0:
			b.WriteByte('|')
		case i > 0 && i%size == 0:
			b.WriteString(mark)
		}
		b.WriteRune(c)
	}
	if length == width(a) {
		b.WriteByte('|')
	}
	return b.String()
}

// Explain returns the steps by which a text is understood, from its spelling
// to the block it lies in.
func Explain(in Input) []Step {
	a := in.Addr.WithZone("")
	steps := []Step{spelling(in), bitsStep(a)}
	if rules := CanonicalRules(in.Spelt, a); len(rules) > 0 {
		s := Step{Title: "canonical form", RFC: "RFC 5952", Note: wire.Notef("every IPv6 address has one right spelling, so that it can be compared and searched: %s", in.Addr)}
		for _, r := range rules {
			s.Rows = append(s.Rows, Row{Label: strings.TrimPrefix(r.RFC, "RFC 5952 "), Value: r.Note.String()})
		}
		steps = append(steps, s)
	}
	if in.Addr.Zone() != "" {
		steps = append(steps, Step{Title: "zone", RFC: "RFC 4007 11", Note: wire.Notef(
			"%q is the interface on this host: the same link-local address exists on every link, and the zone says which link is meant", in.Addr.Zone())})
	}
	switch in.Kind {
	case KindPrefix:
		steps = append(steps, prefixSteps(in)...)
	case KindRange:
		steps = append(steps, rangeStep(in.Range))
	case KindAddrPort:
		steps = append(steps, Step{Title: "port", RFC: "RFC 6335 6", Note: wire.Notef(
			"%d is a number of 16 bits that names a program of the host; it is in the header of TCP or UDP, not in the address", in.Port)})
	}
	steps = append(steps, classStep(in)...)
	steps = append(steps, blockStep(in), reachStep(in))
	for _, e := range EmbeddedInput(in) {
		steps = append(steps, Step{Title: "inside: " + e.Kind, RFC: e.RFC, Note: e.Note, Rows: []Row{{Label: fmt.Sprintf("bits %d-%d", e.Bit, e.Bit+e.Bits-1), Value: e.Value}}})
	}
	if in.Kind != KindRange { // DNS knows no ranges
		steps = append(steps, reverseStep(in))
	}
	return steps
}

func spelling(in Input) Step {
	s := Step{Title: "spelling", RFC: "RFC 4291 2.2", Note: wire.Notef(
		"%q: groups of up to four hex digits with colons between are an IPv6 address, 128 bits", in.Text)}
	notes := in.Notes
	switch {
	case in.Spelt == in.Addr.String() && in.Addr.Is4():
		s.RFC, s.Note = "RFC 791 3.2", wire.Notef(
			"%q: four numbers from 0 to 255 with dots between are an IPv4 address, 32 bits", in.Text)
	case !strings.Contains(in.Spelt, ":") && len(notes) > 0: // what Lenient reads, and says first
		s.RFC, s.Note, notes = "RFC 6943 3.1.1", notes[0], notes[1:]
	}
	for _, n := range notes {
		s.Rows = append(s.Rows, Row{Value: n.String()})
	}
	return s
}

func bitsStep(a netip.Addr) Step {
	s := Step{Title: "bits", RFC: "RFC 791 3.2", Note: wire.Notef("each number is 8 bits; together they are one number of 32 bits, which is all that a router sees")}
	base := 10
	if a.Is6() {
		s.RFC, base = "RFC 4291 2.2", 16
		s.Note = wire.Notef("each group is 16 bits, and \"::\" stands for all the zero groups that are missing; together they are 128 bits")
	}
	for i, g := range Groups(a) {
		v := groupAt(a, i*len(g), len(g))
		if base == 16 {
			s.Rows = append(s.Rows, Row{fmt.Sprintf("group %d", i+1), g, fmt.Sprintf("%04x", v)})
		} else {
			s.Rows = append(s.Rows, Row{fmt.Sprintf("octet %d", i+1), g, sumOfPowers(v)})
		}
	}
	return s
}

// sumOfPowers writes a number of 8 bits as the sum that its bits make:
// "202 = 128+64+8+2".
func sumOfPowers(v uint64) string {
	var terms []string
	for p := uint64(128); p > 0; p /= 2 {
		if v&p != 0 {
			terms = append(terms, fmt.Sprint(p))
		}
	}
	if len(terms) < 2 {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%d = %s", v, strings.Join(terms, "+"))
}

func prefixSteps(in Input) []Step {
	s, a, n := SubnetOf(in.Prefix), in.Addr.WithZone(""), in.Prefix.Bits()
	row := func(label string, a netip.Addr) Row { return Row{label, Bits(a, n), a.String()} }
	zoned := func(r Row) Row { // an address keeps its zone, a mask has none
		if zone := in.Addr.Zone(); zone != "" {
			r.Value += "%" + zone
		}
		return r
	}
	steps := []Step{{
		Title: "mask", RFC: "RFC 4632 3.1",
		Note: wire.Notef("/%d says that the first %d bits name the network; the mask has a one for each", n, n),
		Rows: []Row{row("mask", s.Mask)},
	}, {
		Title: "network", RFC: "RFC 950 2.1",
		Note: wire.Notef("AND keeps a bit where the mask has a one, and makes it zero elsewhere"),
		Rows: []Row{zoned(row("address", a)), row("AND mask", s.Mask), zoned(row("network", s.Network))},
	}}
	if s.Broadcast.IsValid() {
		steps = append(steps, Step{
			Title: "broadcast", RFC: "RFC 919 7",
			Note: wire.Notef("OR with the inverted mask sets every host bit: all hosts of the network"),
			Rows: []Row{row("address", a), row("OR inverse", s.Wildcard), row("broadcast", s.Broadcast)},
		})
	}
	if s.Usable == nil {
		return append(steps, Step{
			Title: "default route", RFC: s.RFC,
			Note: wire.Notef("%d host bits make 2^%d = %s addresses: %s", width(a), width(a), s.Count, s.Note),
			Rows: []Row{{"first", "", s.First.String()}, {"last", "", s.Last.String()}},
		})
	}
	if role := RoleOf(a, in.Prefix); role.Name != "host" {
		steps = append(steps, Step{Title: "role: " + role.Name, RFC: role.RFC, Note: role.Note})
	}
	return append(steps, Step{
		Title: "hosts", RFC: s.RFC,
		Note: wire.Notef("%d host bits make 2^%d = %s addresses; a host may have %s of them: %s",
			width(a)-n, width(a)-n, s.Count, s.Usable, s.Note),
		Rows: []Row{zoned(Row{"first", "", s.First.String()}), zoned(Row{"last", "", s.Last.String()})},
	})
}

func rangeStep(r Range) Step {
	prefixes := r.Prefixes()
	s := Step{Title: "range", RFC: "RFC 4632 3.1", Note: wire.Notef(
		"a router knows prefixes, not ranges: these %d make up the range exactly, %s addresses", len(prefixes), r.Count())}
	for _, p := range prefixes {
		s.Rows = append(s.Rows, Row{Label: p.String(), Value: RangeOf(p).String()})
	}
	return s
}

func classStep(in Input) []Step {
	c, ok := ClassOfRange(in.Addrs())
	if !ok {
		return nil
	}
	note := wire.Notef("the first bits are %s: class %s, whose network part was always %d bits; since CIDR (1993) the length is said apart", c.First, c.Letter, c.Length)
	if c.Length == 0 {
		note = wire.Notef("the first bits are %s: class %s, which had no network part; CIDR ended the classes in 1993", c.First, c.Letter)
	}
	return []Step{{Title: "class", RFC: "RFC 4632 2", Note: note}}
}

func blockStep(in Input) Step {
	s := Step{Title: "block", RFC: "RFC 6890 2.2"}
	whole, part := Blocks(in.Addrs())
	for _, b := range whole {
		s.Rows = append(s.Rows, Row{Label: b.Text, Value: fmt.Sprintf("%s (%s)", b.Name, RFCOf(b.RFC()))})
	}
	switch {
	case len(whole) == 0 && len(part) > 0:
		s.Note = wire.Notef("no block holds all of it; a part of it is in each of these")
		for _, b := range part[:min(len(part), 4)] {
			s.Rows = append(s.Rows, Row{Label: b.Text, Value: b.Name})
		}
		part = part[min(len(part), 4):]
	case len(whole) > 0:
		s.Note = wire.Notef("the smallest block that holds it decides, as in a routing table: %s, %s", whole[0].Name, whole[0].Meaning)
	case in.Addr.Is4():
		s.Note = wire.Notef("IANA's special-purpose registry has no block that holds it: an ordinary unicast address")
	default:
		s.Note = wire.Notef("IANA has not given out this part of IPv6 yet")
	}
	if len(part) > 0 {
		s.Rows = append(s.Rows, Row{Label: "inside it", Value: fmt.Sprintf("%d more blocks", len(part))})
	}
	return s
}

func reachStep(in Input) Step {
	return Step{Title: "reachable", RFC: "RFC 8190 2.1", Note: ReachWhy(in.Addrs())}
}

func reverseStep(in Input) Step {
	a := in.Addr.WithZone("")
	s := Step{Title: "reverse name", RFC: "RFC 1035 3.5", Note: wire.Notef("DNS reads names from the right, so the octets are in reverse order: the largest part comes last")}
	if a.Is6() {
		s.RFC, s.Note = "RFC 3596 2.5", wire.Notef("DNS reads names from the right, so the 32 hex digits are in reverse order, one label each")
	}
	if in.Kind != KindPrefix {
		s.Rows = []Row{{Value: ReverseName(a)}}
		return s
	}
	zones := ReverseZones(in.Prefix)
	text := zones[0]
	switch n := in.Prefix.Bits(); {
	case len(zones) > 1:
		text = fmt.Sprintf("%s to %s: %d zones, since a label is %d bits", text, zones[len(zones)-1], len(zones), labelBits(a))
	case a.Is4() && n > 24 && n < 32:
		text += " (RFC 2317: a part of a zone, since a label is 8 bits)"
	}
	s.Rows = []Row{{Label: "name", Value: ReverseName(a)}, {Label: "zone", Value: text}}
	return s
}
