package ipaddr

import (
	"net/netip"
	"strings"
)

// rangeOf reads "first-last", both whole addresses.
func (p *parser) rangeOf(left, right string) (Input, error) {
	first, err := p.addr(left, 0)
	if err != nil {
		return Input{}, err
	}
	at := len(left) + 1
	if first.Is4() && !strings.Contains(right, ".") { // 10.0.0.0-255, as some scanners write it
		if last, err := netip.ParseAddr(left[:strings.LastIndexByte(left, '.')+1] + right); err == nil {
			hint := "write " + left + "-" + last.String() + " if you mean that"
			if last.Less(first) {
				hint = "both ends are whole addresses, the lower one first"
			}
			return Input{}, p.fail(at, hint, "the end of the range is one number, not a whole address")
		}
	}
	if first.Is6() && !strings.ContainsAny(right, ":.") { // 2001:db8::1-ff
		whole := left[:strings.LastIndexByte(left, ':')+1] + right
		if last, err := netip.ParseAddr(whole); err == nil && !last.Less(first) {
			return Input{}, p.fail(at, "write "+left+"-"+whole+" if you mean that", "the end of the range is one group, not a whole address")
		}
	}
	last, err := p.addr(right, at)
	if err != nil {
		return Input{}, err
	}
	if v, isMask := maskValue(right); isMask && v>>24 == 255 {
		if length, ok := netmaskLength(v); ok {
			p.note("%s is read as the end of a range; as a netmask it follows a slash, as in %s/%d", right, first, length)
		}
	}
	switch {
	case last.Zone() != "":
		return Input{}, p.fail(at+strings.Index(right, "%"), "write it without the zone", "a range has no zone")
	case width(first) != width(last):
		return Input{}, p.fail(at, "both ends are of one family: 192.0.2.1-192.0.2.9, or ::1-::9", "a range cannot run from IPv%d to IPv%d", Version(first), Version(last))
	case last.Less(first):
		return Input{}, p.fail(at, "write "+last.String()+"-"+first.String(), "the range ends before it starts")
	}
	return Input{Kind: KindRange, Addr: first, Range: Range{first, last}}, nil
}
