package portmux

import (
	"cmp"
	"slices"
)

// A port is everything that has one number of TCP or of UDP.
type port struct {
	bound     []*Socket // not connected, in the order of binding
	connected []*Socket // connected ones, which are in the connTable too

	notAddr, notPort int // how many of connected lack SO_REUSEADDR, SO_REUSEPORT
}

func (p *port) connect(s *Socket) {
	s.place = len(p.connected)
	p.connected = append(p.connected, s)
	p.count(s, 1)
}

// disconnect takes s out and reports whether it was there.
func (p *port) disconnect(s *Socket) bool {
	last := len(p.connected) - 1
	if s.place > last || p.connected[s.place] != s {
		return false
	}
	p.connected[s.place] = p.connected[last]
	p.connected[s.place].place = s.place
	p.connected[last] = nil
	p.connected = p.connected[:last]
	p.count(s, -1)
	return true
}

func (p *port) count(s *Socket, n int) {
	if !s.ReuseAddr {
		p.notAddr += n
	}
	if !s.ReusePort {
		p.notPort += n
	}
}

// A portTable has room for all 65,536 ports and takes it in pages of 256, so
// that a host with three ports does not pay for the others.
type portTable struct {
	pages [256]*[256]*port
}

// get returns the port, or nil where nobody has it.
func (t *portTable) get(n uint16) *port {
	if page := t.pages[n>>8]; page != nil {
		return page[n&255]
	}
	return nil
}

func (t *portTable) make(n uint16) *port {
	page := &t.pages[n>>8]
	if *page == nil {
		*page = new([256]*port)
	}
	if (*page)[n&255] == nil {
		(*page)[n&255] = new(port)
	}
	return (*page)[n&255]
}

func (t *portTable) each(f func(*port)) {
	for _, page := range t.pages {
		if page == nil {
			continue
		}
		for _, p := range page {
			if p != nil {
				f(p)
			}
		}
	}
}

func sortSockets(s []*Socket) {
	slices.SortFunc(s, func(a, b *Socket) int { return cmp.Compare(a.seq, b.seq) })
}
