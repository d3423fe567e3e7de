package main

import (
	"errors"

	"onwire/internal/cli"
	"onwire/ipaddr"
	"onwire/wire"
)

// A record is what --json prints of an input. The keys of the first part are
// always there, those of the second where they apply.
type record struct {
	Input             string           `json:"input"`
	Kind              string           `json:"kind"`
	Address           string           `json:"address"`
	Zone              string           `json:"zone"`
	Version           int              `json:"version"`
	Prefix            string           `json:"prefix"`
	Role              string           `json:"role,omitempty"` // of the address in its prefix
	Blocks            []blockRecord    `json:"blocks"`
	GloballyReachable string           `json:"globally_reachable"`
	Reverse           string           `json:"reverse"`
	Embedded          []embeddedRecord `json:"embedded"`
	Notes             []wire.Note      `json:"notes"`

	Port         *uint16          `json:"port,omitempty"`
	Network      string           `json:"network,omitempty"`
	Broadcast    string           `json:"broadcast,omitempty"`
	Mask         string           `json:"mask,omitempty"`
	Wildcard     string           `json:"wildcard,omitempty"`
	First        string           `json:"first,omitempty"`
	Last         string           `json:"last,omitempty"`
	Usable       string           `json:"usable,omitempty"`
	Count        string           `json:"count,omitempty"`
	Prefixes     []string         `json:"prefixes,omitempty"`
	ReverseZones []string         `json:"reverse_zones,omitempty"`
	Class        string           `json:"class,omitempty"`
	Multicast    *multicastRecord `json:"multicast,omitempty"`
	Solicited    string           `json:"solicited_node,omitempty"`

	Full    string       `json:"full"`
	Hex     string       `json:"hex"`
	Integer string       `json:"integer"`
	Fields  []wire.Field `json:"fields"`
}

type blockRecord struct {
	Prefix     string   `json:"prefix"`
	Name       string   `json:"name"`
	RFC        string   `json:"rfc"`
	References []string `json:"references"`
	Meaning    string   `json:"meaning"`

	Allocated         string      `json:"allocation_date"`
	Terminated        string      `json:"termination_date"`
	Source            ipaddr.Flag `json:"source"`
	Destination       ipaddr.Flag `json:"destination"`
	Forwardable       ipaddr.Flag `json:"forwardable"`
	GloballyReachable ipaddr.Flag `json:"globally_reachable"`
	Reserved          ipaddr.Flag `json:"reserved_by_protocol"`
	Footnotes         []string    `json:"footnotes"`
}

type embeddedRecord struct {
	Kind  string    `json:"kind"`
	Value string    `json:"value"`
	Bit   int       `json:"bit"`
	Bits  int       `json:"bits"`
	Note  wire.Note `json:"note"`
	RFC   string    `json:"rfc"`
}

type multicastRecord struct {
	Scope string `json:"scope"`
	Group string `json:"group"`
	RFC   string `json:"rfc"`
	MAC   string `json:"mac"`
}

// newRecord gathers all that is known about an input.
func newRecord(in ipaddr.Input) record {
	a := in.Addr.WithZone("")
	whole, _ := ipaddr.Blocks(in.Addrs())
	r := record{
		Input: in.Text, Kind: in.Kind.String(), Address: a.String(), Zone: in.Addr.Zone(), Version: ipaddr.Version(a),
		Blocks: blockRecords(whole), GloballyReachable: ipaddr.ReachRange(in.Addrs()), Reverse: ipaddr.ReverseName(a),
		Embedded: []embeddedRecord{}, Notes: in.Notes,
		Full: a.StringExpanded(), Hex: ipaddr.Hex(a), Integer: ipaddr.Integer(a).String(), Fields: ipaddr.Fields(in),
	}
	if r.Notes == nil {
		r.Notes = []wire.Note{}
	}
	for _, e := range ipaddr.EmbeddedInput(in) {
		r.Embedded = append(r.Embedded, embeddedRecord{e.Kind, e.Value, e.Bit, e.Bits, e.Note, e.RFC})
	}
	if c, ok := ipaddr.ClassOfRange(in.Addrs()); ok {
		r.Class = c.Letter
	}
	if m, ok := multicastOf(in); ok {
		r.Multicast = &multicastRecord{m.Scope, m.Group, m.RFC, m.MAC.String()}
	}
	if group, ok := askedBy(in); ok {
		r.Solicited = group.String()
	}
	switch in.Kind {
	case ipaddr.KindAddrPort:
		r.Port = &in.Port
	case ipaddr.KindPrefix:
		s := ipaddr.SubnetOf(in.Prefix)
		zone := in.Addr.Zone()
		r.Prefix, r.Network = inZone(in.Prefix, zone), s.Network.WithZone(zone).String()
		r.Role = ipaddr.RoleOf(a, in.Prefix).Name
		if s.Broadcast.IsValid() {
			r.Broadcast = s.Broadcast.String()
		}
		r.Mask, r.Wildcard = s.Mask.String(), s.Wildcard.String()
		r.First, r.Last = s.First.WithZone(zone).String(), s.Last.WithZone(zone).String()
		r.Count = s.Count.String()
		if s.Usable != nil {
			r.Usable = s.Usable.String()
		}
		r.ReverseZones = ipaddr.ReverseZones(in.Prefix)
	case ipaddr.KindRange:
		r.First, r.Last, r.Count = in.Range.First.String(), in.Range.Last.String(), in.Range.Count().String()
		for _, p := range in.Range.Prefixes() {
			r.Prefixes = append(r.Prefixes, inZone(p, in.Addr.Zone()))
		}
	}
	return r
}

func blockRecords(blocks []ipaddr.Block) []blockRecord {
	records := []blockRecord{} // [] in JSON, not null
	for _, b := range blocks {
		records = append(records, newBlockRecord(b))
	}
	return records
}

func newBlockRecord(b ipaddr.Block) blockRecord {
	return blockRecord{
		b.Text, b.Name, b.RFC(), b.References, b.Meaning, b.Allocated, b.Terminated,
		b.Source, b.Destination, b.Forwardable, b.GloballyReachable, b.Reserved,
		append([]string{}, b.FootnoteTexts()...), // [] in JSON, not null
	}
}

// faultJSON is what --json prints of an input that is wrong; line is 0 for an
// argument.
func faultJSON(text string, line int, err error) any {
	type reading struct {
		Parser string `json:"parser"`
		Means  string `json:"means"`
	}
	type fault struct {
		Message  string    `json:"message"`
		Offset   int       `json:"offset"`
		Hint     string    `json:"hint"`
		Readings []reading `json:"readings"`
	}
	f := fault{Message: err.Error(), Readings: []reading{}}
	var told *cli.Error
	if errors.As(err, &told) {
		f.Hint = told.Hint
	}
	var parse *ipaddr.ParseError
	if errors.As(err, &parse) {
		f.Offset = parse.Offset
		for _, r := range parse.Readings {
			f.Readings = append(f.Readings, reading(r))
		}
	}
	return struct {
		Input string `json:"input"`
		Line  int    `json:"line,omitempty"` // of a list
		Error fault  `json:"error"`
	}{text, line, f}
}
