package main

import (
	"fmt"
	"maps"
	"slices"

	"onwire/internal/term"
	"onwire/portmux"
	"onwire/wire"
	"onwire/wire/packet"
)

// A named is something in a capture that is neither TCP nor UDP.
type named struct {
	name string
	n    uint64
}

// others lists what was in a capture beside TCP and UDP: first what is in IP,
// then what is in frames.
func others(f *portmux.Flows) []named {
	var all []named
	add := func(n uint64, name string) {
		if n > 0 {
			all = append(all, named{name, n})
		}
	}
	for proto, n := range f.Protocols {
		add(n, packet.ProtoName(uint8(proto)))
	}
	for _, t := range slices.Sorted(maps.Keys(f.Types)) {
		if t == 0 {
			add(f.Types[0], "of other kinds")
		} else {
			add(f.Types[t], packet.TypeName(t))
		}
	}
	return all
}

// unread lists what was not looked into.
func unread(f *portmux.Flows) []named {
	var all []named
	for _, name := range slices.Sorted(maps.Keys(f.Unread)) {
		all = append(all, named{name, f.Unread[name]})
	}
	return all
}

// summary says in one line what was in the capture.
func (a *app) summary(f *portmux.Flows) {
	text := fmt.Sprintf("%s, %d of them TCP or UDP in %s", term.Count(f.Packets, "packet"), f.Statuses[packet.OK], term.Count(f.Len(), "flow"))
	add := func(n uint64, what string) {
		if n > 0 {
			text += fmt.Sprintf("; %d %s", n, what)
		}
	}
	for _, o := range others(f) {
		add(o.n, o.name)
	}
	for _, o := range unread(f) {
		add(o.n, "not read ("+wire.Escape(o.name)+")")
	}
	if n := f.Statuses[packet.Fragment]; n > 0 {
		text += "; " + term.Count(n, "fragment")
	}
	add(f.Statuses[packet.Short], "cut short")
	add(f.Statuses[packet.Bad], "broken")
	if f.Cut > 0 {
		text += fmt.Sprintf("; of %s the capture kept only the beginning", term.Count(f.Cut, "packet"))
	}
	s := a.Screen()
	s.Printf("%s\n", s.Wrap(0, text))
}

// summaryJSON is the last object of a stream: all counts, with flows or without.
func (a *app) summaryJSON(f *portmux.Flows) error {
	counts := func(list []named) map[string]uint64 {
		m := map[string]uint64{}
		for _, o := range list {
			m[o.name] += o.n
		}
		return m
	}
	_, conversations := f.Conversations(1)
	return a.PrintJSON(struct {
		Kind          string            `json:"kind"`
		Packets       uint64            `json:"packets"`
		TCPUDP        uint64            `json:"tcp_udp"`
		Flows         int               `json:"flows"`
		Conversations int               `json:"conversations"`
		Others        map[string]uint64 `json:"others"`
		NotRead       map[string]uint64 `json:"not_read"`
		Fragments     uint64            `json:"fragments"`
		CutShort      uint64            `json:"cut_short"`
		Broken        uint64            `json:"broken"`
		KeptInPart    uint64            `json:"kept_in_part"`
	}{"summary", f.Packets, f.Statuses[packet.OK], f.Len(), conversations, counts(others(f)), counts(unread(f)),
		f.Statuses[packet.Fragment], f.Statuses[packet.Short], f.Statuses[packet.Bad], f.Cut})
}
