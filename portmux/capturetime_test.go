package portmux_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"onwire/portmux"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// TestCaptureTime reads the times that another implementation writes, in all
// the ways in which a file can count.
func TestCaptureTime(t *testing.T) {
	when := time.Unix(1_700_000_000, 123_456_000)
	info := gopacket.CaptureInfo{Timestamp: when, CaptureLength: 4, Length: 4}
	files := map[string]func(*bytes.Buffer) error{
		"pcap": func(b *bytes.Buffer) error {
			w := pcapgo.NewWriter(b)
			if err := w.WriteFileHeader(100, layers.LinkTypeEthernet); err != nil {
				return err
			}
			return w.WritePacket(info, []byte("abcd"))
		},
		"pcap in nanoseconds": func(b *bytes.Buffer) error {
			w := pcapgo.NewWriterNanos(b)
			if err := w.WriteFileHeader(100, layers.LinkTypeEthernet); err != nil {
				return err
			}
			return w.WritePacket(info, []byte("abcd"))
		},
		"pcapng in nanoseconds": func(b *bytes.Buffer) error {
			w, err := pcapgo.NewNgWriter(b, layers.LinkTypeEthernet)
			if err != nil {
				return err
			}
			if err := w.WritePacket(info, []byte("abcd")); err != nil {
				return err
			}
			return w.Flush()
		},
		"pcapng with powers of two and an offset": func(b *bytes.Buffer) error {
			ticks := uint64(when.Unix()-1000)<<32 | 0x1f9acffa // .123456 in 2^-32
			block(b, 0x0a0d0d0a, 0x1a2b3c4d, 0x00000001, 0xffffffff, 0xffffffff)
			block(b, 1, 1, 0, 9|1<<16, 0x80|32, 14|8<<16, 1000, 0, 0)
			block(b, 6, 0, uint32(ticks>>32), uint32(ticks), 4, 4, 0x64636261)
			return nil
		},
	}
	for name, write := range files {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		c, err := portmux.NewCapture(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Next(); err != nil {
			t.Fatal(name, err)
		}
		got, ok := c.Time()
		if d := got.Sub(when).Abs(); !ok || d > 10*time.Nanosecond {
			t.Errorf("%s: %v, want %v", name, got, when)
		}
	}
	var b bytes.Buffer
	block(&b, 0x0a0d0d0a, 0x1a2b3c4d, 0x00000001, 0xffffffff, 0xffffffff)
	block(&b, 1, 1, 0)
	block(&b, 3, 4, 0x64636261)
	c, err := portmux.NewCapture(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Next(); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Time(); ok {
		t.Error("a Simple Packet Block has no time")
	}
}

// block writes a pcapng block of 32-bit words.
func block(b *bytes.Buffer, kind uint32, words ...uint32) {
	size := uint32(12 + 4*len(words))
	for _, w := range append(append([]uint32{kind, size}, words...), size) {
		b.Write(binary.LittleEndian.AppendUint32(nil, w))
	}
}
