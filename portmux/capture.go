package portmux

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"onwire/wire/packet"
)

// A Capture reads the packets of a capture file one by one: pcap in both byte
// orders, with micro- and nanoseconds, and pcapng, both also in gzip. It holds
// a few hundred kilobytes, whatever the size of the file.
type Capture struct {
	Link   packet.LinkType // of the packet that Next returned
	Length int             // bytes it had on the wire; the capture may have kept only the first
	Count  int             // packets so far

	r      io.Reader
	gzip   bool
	buf    []byte
	from   int   // the first byte of buf that is not used yet
	to     int   // the end of what was read into buf
	base   int64 // the offset of buf[0] in the file
	eof    error // why no more can be read
	order  binary.ByteOrder
	little bool
	header int // bytes before each packet of a pcap file; 0 for pcapng
	links  []packet.LinkType
	snap   []uint32 // of each interface, for Simple Packet Blocks
	clocks []clock  // of each interface
	stamp  []byte   // the time of the packet that Next returned, as the file has it
	clock  clock    // and how it counts
}

const (
	chunk     = 256 << 10 // one read: big enough to be rare, small enough to stay in the cache
	maxRecord = 16 << 20  // bytes of one packet or block; more is a fault
)

// A CaptureError says where a capture is broken.
type CaptureError struct {
	Offset int64 // in the file; in a gzip file, in what it unpacks to
	What   string
}

func (e *CaptureError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.What) }

// NewCapture reads the header of a capture.
func NewCapture(r io.Reader) (*Capture, error) {
	c := &Capture{r: r, buf: make([]byte, chunk)}
	if magic, err := c.peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		rest := io.MultiReader(bytes.NewReader(c.buf[:c.to]), r)
		unzip, err := gzip.NewReader(bufio.NewReaderSize(rest, chunk))
		if err != nil {
			return nil, &CaptureError{0, "a broken gzip file: " + err.Error()}
		}
		c = &Capture{r: unzip, gzip: true, buf: make([]byte, chunk)}
	}
	magic, err := c.peek(4)
	switch n := c.to - c.from; {
	case err != nil && n == 0:
		return nil, c.fault("not a capture: it is empty")
	case err != nil:
		return nil, c.fault("not a capture: %d of the 4 bytes that one starts with", n)
	}
	switch m := binary.BigEndian.Uint32(magic); m {
	case 0x0a0d0d0a:
		return c, nil // the section header is a block like the others
	case 0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34:
		c.setOrder(false)
	case 0xd4c3b2a1, 0x4d3cb2a1, 0x34cdb2a1:
		c.setOrder(true)
	default:
		return nil, c.fault("neither pcap nor pcapng: it starts with %x", magic)
	}
	c.header = 16
	c.clock = clock{unit: 1e6}
	if c.order.Uint32(magic) == 0xa1b23c4d {
		c.clock.unit = 1e9
	}
	if c.order.Uint32(magic) == 0xa1b2cd34 { // Kuznetzov's pcap, with more in each packet's header
		c.header = 24
	}
	h, err := c.peek(24)
	if err != nil {
		return nil, c.fault("the pcap header has 24 bytes, %d are here", c.to-c.from)
	}
	if major := c.order.Uint16(h[4:]); major != 2 && major != 543 { // 543: an old tcpdump of one system
		return nil, c.fault("version %d of pcap, and only version 2 is known", major)
	}
	c.Link = packet.LinkType(c.order.Uint32(h[20:]) & 0xffff)
	c.from += 24
	return c, nil
}

func (c *Capture) setOrder(little bool) {
	c.little, c.order = little, binary.BigEndian
	if little {
		c.order = binary.LittleEndian
	}
}

// Offset returns how far the capture was read, in bytes.
func (c *Capture) Offset() int64 { return c.base + int64(c.from) }

func (c *Capture) fault(format string, args ...any) error {
	return &CaptureError{c.Offset(), fmt.Sprintf(format, args...)}
}

// peek returns the next n bytes without using them up.
func (c *Capture) peek(n int) ([]byte, error) {
	if c.to-c.from < n {
		if err := c.fill(n); err != nil {
			return nil, err
		}
	}
	return c.buf[c.from : c.from+n], nil
}

// fill reads until n bytes are there. The buffer grows with what has come, not
// with what a header claims.
func (c *Capture) fill(n int) error {
	c.base += int64(c.from)
	c.to = copy(c.buf, c.buf[c.from:c.to])
	c.from = 0
	for c.to < n && c.eof == nil {
		if c.to == len(c.buf) {
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		}
		got, err := c.r.Read(c.buf[c.to:])
		c.to += got
		c.eof = err
	}
	if c.to >= n {
		return nil
	}
	return c.eof
}

// Next returns the next packet. It is valid until the next call. At the end of
// the file the error is io.EOF; a *CaptureError says where the file is broken.
func (c *Capture) Next() ([]byte, error) {
	if c.header == 0 {
		return c.nextBlock()
	}
	n := c.header
	if c.to-c.from < n {
		if err := c.fill(n); err != nil {
			return nil, c.ended("a packet's header", n, err)
		}
	}
	var size, length uint32
	if h := c.buf[c.from+8 : c.from+16]; c.little {
		size, length = binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:])
	} else {
		size, length = binary.BigEndian.Uint32(h), binary.BigEndian.Uint32(h[4:])
	}
	if size > maxRecord {
		return nil, c.fault("packet %d claims to have %d bytes", c.Count+1, size)
	}
	n += int(size)
	if c.to-c.from < n {
		if err := c.fill(n); err != nil {
			return nil, c.ended(fmt.Sprintf("packet %d", c.Count+1), n, err)
		}
	}
	data := c.buf[c.from+c.header : c.from+n : c.from+n]
	c.stamp = c.buf[c.from : c.from+8]
	c.Length = wireLength(size, length)
	c.from += n
	c.Count++
	return data, nil
}

// wireLength is the length that a packet had on the wire, where the file says
// length and has size bytes of it. A file that says less than it has is wrong
// about that, and one that says more than any packet can have too.
func wireLength(size, length uint32) int {
	if length-size > maxRecord { // less than size too, since it goes round
		return int(size)
	}
	return int(length)
}

// ended is the error for a file that ended where n bytes were wanted.
func (c *Capture) ended(what string, n int, err error) error {
	left := c.to - c.from
	switch {
	case errors.Is(err, io.EOF) && left == 0:
		return io.EOF
	case errors.Is(err, io.EOF):
		return c.fault("the file ends inside %s: %d bytes wanted, %d are left", what, n, left)
	case c.gzip:
		return c.fault("the gzip file is broken here: %v", err)
	}
	return c.fault("cannot be read: %v", err)
}
