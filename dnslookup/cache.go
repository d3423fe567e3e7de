package dnslookup

import (
	"sort"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// A Cache keeps what servers said, for as long as they allow: answers, aliases,
// absences (RFC 2308), failures (RFC 9520), and which servers serve which zone.
// It may be shared by any number of look-ups. The zero Cache is not usable;
// call NewCache.
type Cache struct {
	mu    sync.Mutex
	max   int
	size  int // octets of hops, gone, zones and keys, about
	hops  map[Question]*hop
	gone  map[string]*hop // names that do not exist, so that nothing below does
	zones map[string]*delegation
	keys  map[string]*zoneKeys
}

// A delegation is what the zone above says about a zone: its servers and, if
// they would be hard to find otherwise, their addresses.
type delegation struct {
	zone    string
	ns      []string            // names of the servers
	glue    map[string][]dns.RR // addresses that came along
	lame    map[string]lameness // servers that do not answer for the zone
	expires time.Time           // by the parent's TTL; the child cannot prolong it
	servers []Server            // fixed ones: the root's
	parent  string              // the zone above
	from    Server              // of the zone above, that said so
	size    int                 // in a Cache: octets, about
}

// entrySize is how many octets an entry may take on average: a server may send
// 64 KiB for each.
const entrySize = 2 << 10

// NewCache returns an empty Cache for at most max entries of 2 KiB on average;
// 0 means 100,000.
func NewCache(max int) *Cache {
	if max <= 0 {
		max = 100_000
	}
	return &Cache{max: max, hops: map[Question]*hop{}, gone: map[string]*hop{}, zones: map[string]*delegation{}, keys: map[string]*zoneKeys{}}
}

// get returns what is known about a question at a time: a hop of its type, an
// alias, or the absence of the name or of one above it (RFC 8020).
func (c *Cache) get(q Question, now time.Time) *hop {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range []Type{q.Type, TypeCNAME} {
		h := c.hops[Question{q.Name, t}]
		if h == nil || !now.Before(h.expires) {
			continue
		}
		h.used = true
		switch {
		case t == q.Type && h.target != "": // the alias itself is what was asked for
			h = h.aged(q, now)
			h.target = ""
			return h
		case t == q.Type, h.target != "" && follows(q.Type):
			return h.aged(q, now)
		}
	}
	for name := q.Name; name != ""; name = parentOf(name) {
		if h := c.gone[name]; h != nil && now.Before(h.expires) {
			h.used = true
			h = h.aged(q, now)
			if name != q.Name {
				h.covering = name
			}
			return h
		}
	}
	return nil
}

// follows reports whether an alias leads a question of this type on. The others
// ask for what may stand beside an alias (RFC 4035 2.5), or for all there is.
func follows(t Type) bool {
	return t != TypeCNAME && t != TypeANY && t != TypeRRSIG && t != TypeNSEC
}

// aged returns a copy whose TTLs have run down.
func (h *hop) aged(q Question, now time.Time) *hop {
	old := *h
	old.question, old.cached = q, true
	age := uint32(max(0, now.Sub(h.stored)/time.Second))
	left := uint32(max(0, (h.expires.Sub(now)+time.Second-1)/time.Second)) // rounded up, as age is down
	older := func(rrs []dns.RR) []dns.RR {
		out := make([]dns.RR, len(rrs))
		for i, rr := range rrs {
			out[i] = dns.Copy(rr)
			ttl := &out[i].Header().Ttl
			*ttl -= min(age, *ttl)
			if !h.expires.IsZero() && h.question.Type != TypeANY { // of ANY's sets, each has its own
				*ttl = min(*ttl, left) // nobody may keep it for longer than we do
			}
		}
		return out
	}
	old.answer, old.proof = older(h.answer), older(h.proof)
	return &old
}

// put keeps a hop; one with a TTL of 0 is not kept.
func (c *Cache) put(h *hop, now time.Time) {
	h.stored = now
	ttl := h.ttl()
	if h.failed != nil {
		ttl = failureTTL
	}
	h.expires = now.Add(ttl)
	if ttl <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room(now)
	kept := *h
	kept.size = kept.weigh()
	key := h.question
	if h.target != "" {
		key.Type = TypeCNAME // it holds for every type
	}
	if h.rcode == NXDomain && h.negative() && h.failed == nil {
		c.dropGone(key.Name)
		c.gone[key.Name] = &kept
		c.size += kept.size
	}
	c.dropHop(key)
	c.hops[key] = &kept
	c.size += kept.size
}

// drop forgets a hop, such as one that proved to be forged.
func (c *Cache) drop(h *hop) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropHop(h.question)
	c.dropHop(Question{h.question.Name, TypeCNAME})
	c.dropGone(h.question.Name)
	c.dropGone(h.covering)
}

// verified notes the validator's verdict about a hop.
func (c *Cache) verified(h *hop) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := h.question
	if h.target != "" {
		key.Type = TypeCNAME
	}
	for _, kept := range []*hop{c.hops[key], c.gone[h.question.Name]} {
		if kept != nil && kept.question.Name == h.question.Name && kept.stored.Equal(h.stored) {
			kept.checked, kept.security, kept.why, kept.expires = true, h.security, h.why, h.expires
		}
	}
}

// closest returns the deepest zone at or above name whose servers are known;
// for a DS record, which the parent holds, strictly above it.
func (c *Cache) closest(q Question, now time.Time) *delegation {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := q.Name
	if q.Type == TypeDS && name != "." {
		name = parentOf(name)
	}
	for ; name != ""; name = parentOf(name) {
		if z := c.zones[name]; z != nil && now.Before(z.expires) {
			return z
		}
	}
	return nil
}

// delegate keeps which servers a zone has.
func (c *Cache) delegate(z *delegation, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room(now)
	c.dropZone(z.zone)
	c.zones[z.zone] = z
	z.size = z.weigh()
	c.size += z.size
}

// An Entry is one thing that a Cache holds.
type Entry struct {
	Question Question
	Left     time.Duration // until it expires
	TTL      time.Duration // when it was learned
	Outcome  Outcome       // Answered, Alias, NoSuch, NoData, Lame (a failure), Referral (a zone's servers)
	Data     []string      // the records' data, or the servers' names
	Security Security
}

// Entries returns what the cache holds at a time, sorted by name and type.
func (c *Cache) Entries(now time.Time) []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	var entries []Entry
	for key, h := range c.hops {
		if !now.Before(h.expires) {
			continue
		}
		e := Entry{Question: key, Left: h.expires.Sub(now), TTL: h.expires.Sub(h.stored), Outcome: Answered, Security: h.security}
		switch {
		case h.failed != nil:
			e.Outcome = Lame
		case h.rcode == NXDomain:
			e.Outcome = NoSuch
		case h.negative():
			e.Outcome = NoData
		case h.target != "":
			e.Outcome = Alias
		}
		for _, rr := range publicRecords(h.answer) {
			if rr.Type != TypeRRSIG {
				e.Data = append(e.Data, rr.Data)
			}
		}
		entries = append(entries, e)
	}
	for name, z := range c.zones {
		if now.Before(z.expires) && z.servers == nil {
			entries = append(entries, Entry{Question: Question{name, TypeNS}, Left: z.expires.Sub(now), TTL: z.expires.Sub(now), Outcome: Referral, Data: z.ns})
		}
	}
	sort.Slice(entries, func(i, j int) bool {
		a, b := entries[i], entries[j]
		if a.Question.Name != b.Question.Name {
			return canonicalLess(a.Question.Name, b.Question.Name)
		}
		if a.Question.Type != b.Question.Type {
			return a.Question.Type < b.Question.Type
		}
		return a.Outcome < b.Outcome
	})
	return entries
}
