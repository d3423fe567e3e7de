package dnslookup

import (
	"fmt"

	"onwire/wire"
)

// typeLOC is the type of a place on Earth.
const typeLOC Type = 29

// location reads the data of a LOC record (RFC 1876 2), whose parts stand in
// another order in a zone file.
//
//	+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
//	|        VERSION        |         SIZE          |
//	|       HORIZ PRE       |       VERT PRE        |
//	|                   LATITUDE                    |
//	|                                               |
//	|                   LONGITUDE                   |
//	|                                               |
//	|                   ALTITUDE                    |
//	|                                               |
//	+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
func (d *decoder) location(rr *Record, group wire.Field) (wire.Field, error) {
	var values [7]uint32
	names := [7]string{"Version", "Size", "Horizontal precision", "Vertical precision", "Latitude", "Longitude", "Altitude"}
	for i, octets := range [7]int{1, 1, 1, 1, 4, 4, 4} {
		f, n, err := d.number(names[i], octets, "RFC 1876 2")
		if err != nil {
			return group, err
		}
		values[i] = n
		group.Fields = append(group.Fields, f)
	}
	if d.pos != d.end {
		return group, d.fail(d.pos, "LOC data has 16 octets, not %d", group.Bits/8)
	}
	text := [7]string{
		"0", metres(values[1]), metres(values[2]), metres(values[3]),
		angle(values[4], "N", "S"), angle(values[5], "E", "W"),
		fmt.Sprintf("%.2fm", float64(values[6])/100-100_000),
	}
	for i, f := range group.Fields[1:] {
		group.Fields[i+1].Value = fmt.Sprintf("%s (%s)", text[i+1], f.Value)
	}
	group.Fields[6].Note = wire.Notef("in centimetres from 100 km below sea level")
	rr.Data = fmt.Sprintf("%s %s %s %s %s %s", text[4], text[5], text[6], text[1], text[2], text[3])
	group.Value = rr.Data
	return group, nil
}

// metres writes a size: its upper four bits times ten to the power of its lower
// four, in centimetres.
func metres(octet uint32) string {
	cm := uint64(octet >> 4)
	for range octet & 15 {
		cm *= 10
	}
	if cm > 0 && cm%100 == 0 {
		return fmt.Sprintf("%dm", cm/100)
	}
	return fmt.Sprintf("%d.%02dm", cm/100, cm%100)
}

// angle writes thousandths of a second of arc, 2^31 being the equator or the
// prime meridian: "52 22 23.000 N".
func angle(n uint32, above, below string) string {
	side, arc := above, int64(n)-1<<31
	if arc < 0 {
		side, arc = below, -arc
	}
	return fmt.Sprintf("%d %d %d.%03d %s", arc/3_600_000, arc/60_000%60, arc/1000%60, arc%1000, side)
}
