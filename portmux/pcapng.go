package portmux

import (
	"fmt"

	"onwire/wire/packet"
)

// The blocks of pcapng that matter here (draft-ietf-opsawg-pcapng).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockPacket    = 6
)

func blockName(kind uint32) string {
	switch kind {
	case blockSection:
		return "the section header"
	case blockInterface:
		return "an interface block"
	case blockPacket, blockOldPacket, blockSimple:
		return "a packet block"
	}
	return fmt.Sprintf("a block of type %d", kind)
}

const maxInterfaces = 1 << 16

// nextBlock goes on to the next block that holds a packet.
func (c *Capture) nextBlock() ([]byte, error) {
	for {
		h, err := c.peek(12)
		if err != nil {
			return nil, c.ended("a block's header", 12, err)
		}
		section := h[0] == 0x0a && h[1] == 0x0d && h[2] == 0x0d && h[3] == 0x0a
		if section {
			if err := c.section(h[8:12]); err != nil {
				return nil, err
			}
		}
		kind, size := c.order.Uint32(h), int(c.order.Uint32(h[4:]))
		if size < 12 || size%4 != 0 || size > maxRecord {
			return nil, c.fault("a block claims to have %d bytes", size)
		}
		b, err := c.peek(size)
		if err != nil {
			return nil, c.ended(blockName(kind), size, err)
		}
		if again := int(c.order.Uint32(b[size-4:])); again != size {
			return nil, c.fault("a block has %d bytes at its start and %d at its end", size, again)
		}
		data, err := c.block(kind, b[8:size-4])
		if err != nil {
			return nil, err
		}
		c.from += size
		if data != nil {
			c.Count++
			return data, nil
		}
	}
}

// section starts a section, which has its own byte order and interfaces.
func (c *Capture) section(magic []byte) error {
	switch magic[0] {
	case 0x1a:
		c.setOrder(false)
	case 0x4d:
		c.setOrder(true)
	}
	if c.order == nil || c.order.Uint32(magic) != 0x1a2b3c4d {
		return c.fault("a section header without the byte-order magic")
	}
	c.links, c.snap, c.clocks = c.links[:0], c.snap[:0], c.clocks[:0]
	return nil
}

// block returns the packet of a block, or nil where it holds none.
func (c *Capture) block(kind uint32, b []byte) ([]byte, error) {
	at := 20
	var size, length, iface uint32
	c.stamp = nil
	switch kind {
	case blockInterface:
		if len(b) < 8 {
			return nil, c.fault("an interface block of %d bytes", len(b))
		}
		if len(c.links) >= maxInterfaces {
			return nil, c.fault("more than %d interfaces", maxInterfaces)
		}
		c.links = append(c.links, packet.LinkType(c.order.Uint16(b)))
		c.snap = append(c.snap, c.order.Uint32(b[4:]))
		c.clocks = append(c.clocks, c.clockOf(b[8:]))
		return nil, nil
	case blockPacket, blockOldPacket:
		if len(b) < 20 {
			return nil, c.fault("a packet block of %d bytes", len(b))
		}
		size, length = c.order.Uint32(b[12:]), c.order.Uint32(b[16:])
		c.stamp = b[4:12]
		if iface = c.order.Uint32(b); kind == blockOldPacket {
			iface = uint32(c.order.Uint16(b))
		}
	case blockSimple:
		if len(b) < 4 {
			return nil, c.fault("a simple packet block of %d bytes", len(b))
		}
		// It tells the length on the wire; what is here is cut to the snap length.
		at, size = 4, c.order.Uint32(b)
		length = size
		if len(c.snap) > 0 && c.snap[0] > 0 {
			size = min(size, c.snap[0])
		}
	default:
		return nil, nil
	}
	if uint64(iface) >= uint64(len(c.links)) { // an int may have 32 bits
		return nil, c.fault("packet %d is of interface %d, and %d are described", c.Count+1, iface, len(c.links))
	}
	if uint64(size) > uint64(len(b)-at) {
		return nil, c.fault("packet %d claims to have %d bytes, its block has %d", c.Count+1, size, len(b)-at)
	}
	c.Link, c.clock, c.Length = c.links[iface], c.clocks[iface], wireLength(size, length)
	end := at + int(size)
	return b[at:end:end], nil
}
