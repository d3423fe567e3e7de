package dnslookup

import (
	"time"

	"github.com/miekg/dns"
)

// weigh returns how many bytes a hop takes, about: what its records have on
// the wire, and what Go needs for each.
func (h *hop) weigh() int {
	const each = 128
	n := each
	for _, rrs := range [][]dns.RR{h.answer, h.proof} {
		for _, rr := range rrs {
			n += each + dns.Len(rr)
		}
	}
	return n
}

// weigh returns how many bytes a delegation takes, about.
func (d *delegation) weigh() int {
	const each = 128
	n := each
	for _, ns := range d.ns {
		n += each + len(ns)
	}
	for _, rrs := range d.glue {
		n += each * 2 * len(rrs)
	}
	return n
}

// keep keeps the keys of a zone.
func (c *Cache) keep(zone string, k *zoneKeys) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range k.keys {
		k.size += 128 + dns.Len(key)
	}
	if len(c.keys) >= c.max || c.size+k.size > c.max*entrySize {
		c.dropKeys()
	}
	if old := c.keys[zone]; old != nil {
		c.size -= old.size
	}
	c.keys[zone] = k
	c.size += k.size
}

// dropKeys forgets all keys: they can be had again from the hops.
func (c *Cache) dropKeys() {
	for _, k := range c.keys {
		c.size -= k.size
	}
	clear(c.keys)
}

func (c *Cache) dropZone(name string) {
	if d := c.zones[name]; d != nil {
		c.size -= d.size
		delete(c.zones, name)
	}
}

func (c *Cache) dropHop(key Question) {
	if h := c.hops[key]; h != nil {
		c.size -= h.size
		delete(c.hops, key)
	}
}

func (c *Cache) dropGone(name string) {
	if h := c.gone[name]; h != nil {
		c.size -= h.size
		delete(c.gone, name)
	}
}

// room drops what has expired; when that is not enough, what has not been used
// since the last time; and then anything. Names that a stranger makes up, each
// asked for once, so do not push out those that others ask for.
func (c *Cache) room(now time.Time) {
	maxSize := c.max * entrySize
	if len(c.hops)+len(c.gone) < c.max && len(c.zones) < c.max && c.size < maxSize {
		return
	}
	for k, h := range c.hops {
		if !now.Before(h.expires) {
			c.dropHop(k)
		}
	}
	for k, h := range c.gone {
		if !now.Before(h.expires) {
			c.dropGone(k)
		}
	}
	for k, z := range c.zones {
		if !now.Before(z.expires) {
			c.dropZone(k)
		}
	}
	c.dropKeys()
	// The order of a map is random, and a tenth makes room for a while.
	spare := c.max / 10
	for _, used := range []bool{false, true} {
		for k, h := range c.hops {
			if len(c.hops) <= c.max/2-spare && c.size <= maxSize/2 {
				break
			}
			if h.used == used {
				c.dropHop(k)
			}
		}
		for k, h := range c.gone {
			if len(c.gone) <= c.max/2-spare && c.size <= maxSize/2 {
				break
			}
			if h.used == used {
				c.dropGone(k)
			}
		}
	}
	for _, h := range c.hops {
		h.used = false
	}
	for _, h := range c.gone {
		h.used = false
	}
	for k := range c.zones {
		if len(c.zones) <= c.max-spare && c.size <= maxSize-maxSize/10 {
			break
		}
		c.dropZone(k)
	}
}
