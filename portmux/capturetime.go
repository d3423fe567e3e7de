package portmux

import "time"

// A clock is how an interface of a capture writes times.
type clock struct {
	unit   uint64 // ticks a second
	offset int64  // seconds to add
}

// clockOf reads the options of an interface block: if_tsresol and if_tsoffset
// (draft-ietf-opsawg-pcapng 4.2). Without them a tick is a microsecond.
func (c *Capture) clockOf(options []byte) clock {
	k := clock{unit: 1e6}
	for len(options) >= 4 {
		kind, size := c.order.Uint16(options), int(c.order.Uint16(options[2:]))
		value := options[4:]
		if kind == 0 || size > len(value) {
			break
		}
		switch {
		case kind == 9 && size == 1 && value[0]&0x80 != 0 && value[0]&0x7f < 63:
			k.unit = 1 << (value[0] & 0x7f)
		case kind == 9 && size == 1 && value[0] <= 18:
			k.unit = 1
			for range value[0] {
				k.unit *= 10
			}
		case kind == 14 && size == 8:
			k.offset = int64(c.order.Uint64(value))
		}
		options = value[min((size+3)&^3, len(value)):]
	}
	return k
}

// Time returns when the packet that Next returned was captured. ok is false
// where the file does not tell. It may be called until the next call of Next.
func (c *Capture) Time() (t time.Time, ok bool) {
	if c.stamp == nil {
		return time.Time{}, false
	}
	high, low := uint64(c.order.Uint32(c.stamp)), uint64(c.order.Uint32(c.stamp[4:]))
	seconds, ticks := high, low
	if c.header == 0 { // pcapng counts ticks in 64 bits, pcap seconds and ticks apart
		all := high<<32 | low
		seconds, ticks = all/c.clock.unit, all%c.clock.unit
	}
	nanos := float64(ticks) / float64(c.clock.unit) * 1e9
	return time.Unix(int64(seconds)+c.clock.offset, int64(nanos+0.5)), true
}
