package dnslookup_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"onwire/dnslookup"
)

// bombs are messages made to cost as much memory as an octet can.
func bombs() map[string][]byte {
	header := func(answers int) []byte {
		return []byte{0, 0, 0x80, 0, 0, 0, byte(answers >> 8), byte(answers), 0, 0, 0, 0}
	}
	many := func(record string) []byte {
		n := 65000 / len(record)
		return append(header(n), bytes.Repeat([]byte(record), n)...)
	}
	one := func(t byte, data string) []byte {
		return append(header(1), append([]byte{0, 0, t, 0, 1, 0, 0, 0, 0, byte(len(data) >> 8), byte(len(data))}, data...)...)
	}
	long := header(4000)
	long = append(long, bytes.Repeat([]byte("\x3f"+strings.Repeat("\x01", 63)), 3)...)
	long = append(long, "\x3d"+strings.Repeat("\x01", 61)+"\x00\x00\x0a\x00\x01\x00\x00\x00\x00\x00\x00"...)
	for range 3999 {
		long = append(long, "\xc0\x0c\x00\x0a\x00\x01\x00\x00\x00\x00\x00\x00"...)
	}
	bitmap := "\x00"
	for w := range 256 {
		bitmap += string([]byte{byte(w), 32}) + strings.Repeat("\xff", 32)
	}
	return map[string][]byte{
		"empty records": many("\x00\x00\x0a\x00\x01\x00\x00\x00\x00\x00\x00"),
		"addresses":     many("\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x01\x02\x03\x04"),
		"empty strings": one(16, strings.Repeat("\x00", 65000)),
		"control text":  one(16, strings.Repeat("\xff"+strings.Repeat("\x01", 255), 250)),
		"type bit maps": one(47, bitmap),
		"pointers":      long,
		"prefixes":      one(42, strings.Repeat("\x00\x01\x00\x00", 16000)),
		"ports":         one(11, "\x01\x02\x03\x04\x06"+strings.Repeat("\xff", 8192)),
		"old types":     many("\x00\x00\x1e\x00\x01\x00\x00\x00\x00\x00\x11\x00" + strings.Repeat("\xff", 16)),
		"servers":       one(55, "\x00\x01\x00\x00"+strings.Repeat("\x00", 60000)),
		"options":       append([]byte{0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\xfa\x00"+strings.Repeat("\xfd\xe9\x00\x00", 16000)...),
		"errors":        append([]byte{0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\xfa\x00"+strings.Repeat("\x00\x0f\x00\x04\x00\x00\x1b\x1b", 8000)...),
		"algorithms":    append([]byte{0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\xfa\x04\x00\x05\xfa\x00"+strings.Repeat("\x06", 64000)...),
		"labels":        many(strings.Repeat("\x01a", 120) + "\x00\x00\x0a\x00\x01\x00\x00\x00\x00\x00\x00"),
	}
}

// TestDecodeMemory: no message takes more than a small multiple of its size.
// A Field is 136 bytes long, and an empty record of eleven octets has seven.
func TestDecodeMemory(t *testing.T) {
	for name, msg := range bombs() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := dnslookup.Decode(msg)
		runtime.ReadMemStats(&after)
		factor := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(msg))
		t.Logf("%-14s %5d octets, %4.0f bytes an octet, error %v", name, len(msg), factor, err)
		if factor > 300 {
			t.Errorf("%s: %.0f bytes of memory for each octet", name, factor)
		}
		runtime.KeepAlive(m)
	}
}
