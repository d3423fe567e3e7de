package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// dumpLine is a line of a hex dump: the position, which may end in a colon,
// and what follows it.
var dumpLine = regexp.MustCompile(`^\s*(?:0x)?([0-9a-fA-F]{4,8})(:?)(?:\s(.*))?$`)

// A dumpRow is one line of a dump.
type dumpRow struct {
	position string
	data     []byte
	repeat   bool // "*": the rows up to the next are as the one before
}

// parseDump reads what xxd, hexdump -C, hexdump, od -t x1, tcpdump -x and
// Wireshark print: a position, the bytes in hex, and at the right often their
// characters. The positions say how many bytes a line has.
func parseDump(b []byte) ([]byte, error) {
	var rows []dumpRow
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		switch m := dumpLine.FindStringSubmatch(line); {
		case strings.TrimSpace(line) == "":
		case strings.TrimSpace(line) == "*" && len(rows) > 0:
			rows = append(rows, dumpRow{repeat: true})
		case m == nil:
			return nil, fmt.Errorf("line %q is none of a hex dump", short(line))
		default:
			rows = append(rows, dumpRow{position: m[1], data: dumpBytes(m[3], m[2] == ":")})
		}
	}
	for _, base := range []int{16, 8} { // od counts in octal
		if data, ok := joinDump(rows, base); ok {
			return data, nil
		}
	}
	return nil, errors.New("the positions of the hex dump do not go with its bytes")
}

// joinDump puts the rows together, with positions in base 8 or 16.
func joinDump(rows []dumpRow, base int) (data []byte, ok bool) {
	start := uint64(0)
	for i, r := range rows {
		if r.repeat {
			continue
		}
		at, err := strconv.ParseUint(r.position, base, 32)
		if i == 0 {
			start = at
		}
		if err != nil || at < start || at-start > maxInput {
			return nil, false
		}
		have := int(at - start)
		switch {
		case i == 0:
		case rows[i-1].repeat:
			if i < 2 || len(rows[i-2].data) == 0 {
				return nil, false
			}
			for len(data) < have {
				data = append(data, rows[i-2].data...)
			}
			data = data[:have]
		case have < len(data) && len(data)-have < len(rows[i-1].data): // the text looked like hex
			data = data[:have]
		}
		if len(data) != have {
			return nil, false
		}
		data = append(data, r.data...)
	}
	return data, len(data) > 0
}

// dumpBytes reads the bytes of a line. In a dump with a colon they end at two
// spaces, else at "|" or where three spaces come.
func dumpBytes(s string, colon bool) (data []byte) {
	s = strings.TrimLeft(s, " \t")
	gap := "   "
	if colon {
		gap = "  "
	}
	s, _, _ = strings.Cut(s, gap)
	s, _, _ = strings.Cut(s, "|")
	for _, w := range strings.Fields(s) {
		b, err := hex.DecodeString(w)
		if err != nil || len(data)+len(b) > 64 {
			break // the characters at the right
		}
		if len(w) == 4 && !colon { // hexdump without -C: words, the lower byte first
			slices.Reverse(b)
		}
		data = append(data, b...)
	}
	return data
}
