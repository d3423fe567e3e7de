package ipaddr

import (
	"net/netip"
	"strconv"
	"strings"
)

// mac knows a MAC address (EUI-48) or an EUI-64 in the ways in which systems
// print it: 0a:00:27:00:00:00, 0A-00-27-00-00-00, 0a00.2700.0000 (Cisco),
// 0a0027000000, and without zeros at the front, as macOS does.
func mac(p *parser) (mistake, bool) {
	text, _, _ := strings.Cut(p.text, "/") // a length, or the mask of a card's filter
	b, ok := hardwareAddr(text)
	if !ok {
		return mistake{}, false
	}
	m := mistake{
		why:  "this is a MAC address, which names a network card on its own link, not an IP address",
		hint: "'ipinfo ifaces' lists the IP addresses of this machine's cards, 'ip neigh' or 'arp -a' those of the neighbours",
	}
	if len(b) == 8 {
		m.why = "this is an EUI-64, a hardware address of 64 bits, not an IP address"
		m.hint = "as the last 64 bits of an IPv6 address it is " + interfaceID(b) + " (RFC 4291 App. A)"
	} else if b[0]&1 == 0 {
		eui64 := append(append(append([]byte{}, b[:3]...), 0xff, 0xfe), b[3:]...)
		m.hint += "; the IPv6 address made from it is " + interfaceID(eui64)
	}
	return m, true
}

// interfaceID returns the link-local address with the interface identifier
// that is made from an EUI-64: its universal/local bit is flipped.
func interfaceID(eui64 []byte) string {
	a := [16]byte{0xfe, 0x80}
	copy(a[8:], eui64)
	a[8] ^= 2
	return netip.AddrFrom16(a).String()
}

// hardwareAddr reads 6 or 8 bytes in hex.
func hardwareAddr(text string) (b []byte, ok bool) {
	const shortest, longest = len("0:0:0:0:0:0"), len("00:00:00:ff:fe:00:00:00")
	if len(text) < shortest || len(text) > longest {
		return nil, false
	}
	switch strings.Count(text, ":") + strings.Count(text, "-") + strings.Count(text, ".") {
	case 0, 2, 3, 5, 7:
	default:
		return nil, false
	}
	groups := []string{text}
	for _, mark := range []string{":", "-", "."} {
		if strings.Contains(text, mark) {
			groups = strings.Split(text, mark)
			break
		}
	}
	if strings.Contains(text, ".") && strings.Trim(text, "0123456789.") == "" && len(text) < 14 {
		return nil, false // an IPv4 address with a fault; Cisco writes groups of four
	}
	for _, group := range groups {
		switch {
		case len(groups) == 6 || len(groups) == 8: // one byte each
			if len(group) == 1 && !strings.Contains(text, ".") {
				group = "0" + group
			}
			if len(group) != 2 {
				return nil, false
			}
		case len(groups) == 3 || len(groups) == 4:
			if len(group) != 4 {
				return nil, false
			}
		case len(groups) == 1 && len(group) == 12 && (group[0] == '0' || strings.ContainsAny(strings.ToLower(group), "abcdef")):
		default:
			return nil, false
		}
		for i := 0; i+1 < len(group); i += 2 {
			n, err := strconv.ParseUint(group[i:i+2], 16, 8)
			if err != nil {
				return nil, false
			}
			b = append(b, byte(n))
		}
	}
	return b, len(b) == 6 || len(b) == 8
}

// noteEUI64 notes that an IPv6 address of eight groups with two digits each
// looks like a hardware address.
func (p *parser) noteEUI64(text string) {
	groups := strings.Split(text, ":")
	for _, group := range groups {
		if len(group) != 2 {
			return
		}
	}
	if b, ok := hardwareAddr(text); ok && len(groups) == 8 {
		p.note("eight groups of two digits: read as IPv6, but if it is the EUI-64 of a card, the address made from it is %s", interfaceID(b))
	}
}

// hexDigits knows the bytes of an address in hex, without marks between: as
// /proc/net/if_inet6 prints IPv6, and debuggers IPv4.
func hexDigits(p *parser) (mistake, bool) {
	if len(p.text) != 8 && len(p.text) != 32 || strings.Trim(p.text, "0123456789abcdefABCDEF") != "" {
		return mistake{}, false
	}
	digits := strings.Trim(p.text, "0123456789") == ""
	a, _, ok := lenient("0x" + p.text)
	switch {
	case !ok || len(p.text) == 8 && digits:
		return mistake{}, false
	case len(p.text) == 8:
		b := a.As4()
		swapped := netip.AddrFrom4([4]byte{b[3], b[2], b[1], b[0]})
		return mistake{why: "these are 8 hex digits, four bytes without dots",
			hint: "write " + a.String() + "; or " + swapped.String() + " if they are from /proc/net, which has the bytes in reverse order"}, true
	case len(p.text) == 32 && a.Is6():
		return mistake{why: "these are 32 hex digits, eight groups without colons", hint: "write " + a.String()}, true
	}
	return mistake{}, false
}

// tooLarge knows a number that no address is as large as.
func tooLarge(p *parser) (mistake, bool) {
	if len(p.text) < 33 {
		return mistake{}, false
	}
	digits, all := p.text, "0123456789"
	if hex, found := cutHex(p.text); found {
		digits, all = hex, "0123456789abcdefABCDEF"
	}
	if digits == "" || strings.Trim(digits, all) != "" || len(strings.TrimLeft(digits, "0")) < 33 {
		return mistake{}, false
	}
	if _, _, ok := lenient(p.text); ok || len(all) == 10 && digits[0] == '0' {
		return mistake{}, false
	}
	return mistake{why: "the number is larger than 128 bits, the size of an IPv6 address", hint: "the largest is 2^128 - 1, which is 340282366920938463463374607431768211455"}, true
}
