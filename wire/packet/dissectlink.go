package packet

import (
	"fmt"

	"onwire/wire"
)

// opaque names a link header as a whole, and goes on with what is inside. An
// IEEE 802.11 frame can have several packets.
func (d *dissector) opaque(link LinkType) {
	var p Packet
	p.wire = d.wire
	t, at, status := p.link(link, d.b, 0)
	for name := link.String(); ; name = "A-MSDU" {
		switch {
		case status == Short && d.wire > len(d.b):
			return // the capture has not kept the header
		case status != OK:
			d.err = p.Err(d.b).(*Error)
			return
		}
		if at = min(at, d.end); at > d.at {
			l := d.layer(name, "")
			l.text("Link header", 8*(at-d.at), fmt.Sprintf("%d bytes", at-d.at), none())
			l.done("")
		}
		if p.Unread != "" {
			d.rest("Data", wire.Notef("not looked into: %s", p.Unread))
			return
		}
		if p.next > 0 {
			d.end = p.next
		}
		d.etherType(t)
		if p.next == 0 {
			return
		}
		d.rest("Data", none())
		if d.end = p.next; d.at < d.end {
			d.rest("Padding", wire.Notef("up to a multiple of 4 bytes"))
		}
		at, d.end, p.next = p.next, len(d.b), 0
		t, at, status = p.msdu(d.b, at)
	}
}

// tags names tags and labels that are not looked into one by one.
func (d *dissector) tags(t uint16) {
	var p Packet
	next, at, status := p.tags(d.b[:d.end], t, d.at)
	if status != OK && !d.cut(p.at+p.want) {
		d.err = p.Err(d.b[:d.end]).(*Error)
	}
	if status != OK || at == d.at {
		return
	}
	l := d.layer(TypeName(t), "")
	l.text("Header", 8*(at-d.at), fmt.Sprintf("%d bytes", at-d.at), none())
	l.done(TypeName(next))
	if p.Unread != "" {
		d.rest("Data", wire.Notef("not looked into: %s", p.Unread))
		return
	}
	d.etherType(next)
}
