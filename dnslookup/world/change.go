package world

import (
	"fmt"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// Change replaces the records of one type at a name with a single one, as an
// administrator edits a zone: the servers give the new data from now on, with
// the TTL of the old, and the zone's serial number grows. Data is as in a zone
// file. Caches know nothing of it; that is what Change is there to show. It may
// not be called while a query is under way.
func (w *World) Change(q dnslookup.Question, data string) error {
	name := dns.CanonicalName(q.Name)
	z := w.zoneOf(name)
	old := z.records[name][uint16(q.Type)]
	if len(old) == 0 || q.Type == dnslookup.TypeSOA {
		return fmt.Errorf("%s has no %s record to change", q.Name, q.Type)
	}
	rr, err := dns.NewRR(fmt.Sprintf("%s %d IN %s %s", name, old[0].Header().Ttl, q.Type, data))
	if err != nil || rr == nil {
		return fmt.Errorf("%q is not the data of a record of type %s", data, q.Type)
	}
	z.records[name][uint16(q.Type)] = []dns.RR{rr}
	z.soa().Serial++
	z.sigs.mu.Lock()
	defer z.sigs.mu.Unlock()
	clear(z.sigs.made) // they are made again when they are asked for
	return nil
}

// zoneOf returns the zone whose servers answer for a name.
func (w *World) zoneOf(name string) *zone {
	for ; ; name = parent(name) {
		if z := w.zones[name]; z != nil {
			return z
		}
	}
}
