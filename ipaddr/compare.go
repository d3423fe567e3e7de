package ipaddr

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A Change is one difference between a registry and a newer one.
type Change struct {
	Kind   string       `json:"kind"` // "+" added, "-" gone, "~" changed
	Prefix netip.Prefix `json:"prefix"`
	Name   string       `json:"name"`
	Column string       `json:"column"` // of a changed row
	Old    string       `json:"old"`
	New    string       `json:"new"`
}

func (c Change) String() string {
	if c.Kind == "~" {
		return fmt.Sprintf("~ %s %s: %q, now %q", c.Prefix, c.Column, c.Old, c.New)
	}
	return fmt.Sprintf("%s %s %s", c.Kind, c.Prefix, c.Name)
}

// Compare returns what differs in a newer registry, in the order of the
// blocks. Only the families that newer holds are compared, since IANA keeps a
// file for each; blocks that are in none of IANA's files are left out.
func (r Registry) Compare(newer Registry) []Change {
	families := map[int]bool{}
	now := map[netip.Prefix]Block{}
	for _, b := range newer {
		families[width(b.Prefix.Addr())] = true
		now[b.Prefix] = b
	}
	var changes []Change
	for _, old := range r {
		if !families[width(old.Prefix.Addr())] || !strings.HasPrefix(old.Registry, "IANA") {
			continue
		}
		b, kept := now[old.Prefix]
		delete(now, old.Prefix)
		if !kept {
			changes = append(changes, Change{Kind: "-", Prefix: old.Prefix, Name: old.Name})
			continue
		}
		was, is := old.Columns(), b.Columns()
		for i := range was {
			if was[i] != is[i] {
				changes = append(changes, Change{"~", b.Prefix, b.Name, was[i][0], was[i][1], is[i][1]})
			}
		}
	}
	for _, b := range now {
		changes = append(changes, Change{Kind: "+", Prefix: b.Prefix, Name: b.Name})
	}
	slices.SortStableFunc(changes, func(a, b Change) int {
		if d := a.Prefix.Addr().Compare(b.Prefix.Addr()); d != 0 {
			return d
		}
		return a.Prefix.Bits() - b.Prefix.Bits()
	})
	return changes
}

// Columns returns the columns of a block, each with its name, in the
// registry's order.
func (b Block) Columns() [][2]string {
	return [][2]string{
		{"name", b.Name},
		{"RFC", strings.Join(b.References, " ")},
		{"allocation date", b.Allocated},
		{"termination date", b.Terminated},
		{"source", b.Source.String()},
		{"destination", b.Destination.String()},
		{"forwardable", b.Forwardable.String()},
		{"globally reachable", b.GloballyReachable.String()},
		{"reserved by protocol", b.Reserved.String()},
		{"footnotes", strings.Trim(fmt.Sprint(b.Footnotes), "[]")},
	}
}
