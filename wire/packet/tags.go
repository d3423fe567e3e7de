package packet

const maxTags = 8 // tags and labels that Parse walks over

// etherType reads the type or length at byte at, and what follows it.
func (p *Packet) etherType(b []byte, at int) (uint16, int, Status) {
	t := be16(b, at)
	switch at += 2; t {
	case TypeIPv4, TypeIPv6:
		return t, at, OK
	}
	if t < 0x600 { // a length: IEEE 802.3 with LLC
		return p.llc(b, at)
	}
	return p.tags(b, t, at)
}

// tagSize returns the bytes of a tag of a fixed size between Ethernet and IP,
// after the EtherType that announces it and with the next EtherType at its
// end. 0 is no such tag.
func tagSize(t uint16) int {
	switch t {
	case TypeVLAN, TypeQinQ, TypeQinQ9:
		return 4
	case TypeVNTag, TypeHSR:
		return 6
	case TypeETag, TypeCMD:
		return 8
	case TypeITag: // 4 bytes, then the customer's whole Ethernet header
		return 4 + 14
	case TypeFabricPath:
		return 2 + 14
	}
	return 0
}

// tags walks over what may stand between Ethernet and IP.
func (p *Packet) tags(b []byte, t uint16, at int) (uint16, int, Status) {
	for range maxTags {
		if n := tagSize(t); n > 0 {
			if len(b) < at+n {
				return p.short(at, TypeName(t), n)
			}
			if t, at = be16(b, at+n-2), at+n; t < 0x600 {
				return p.llc(b, at)
			}
			continue
		}
		switch t {
		case TypeMPLS, 0x8848:
			if len(b) < at+5 {
				return p.short(at, "MPLS", 5)
			}
			if at += 4; b[at-2]&1 == 1 { // the last label: the payload says itself what it is
				if t = versionType(b[at]); t == 0 {
					return p.unread(at, "MPLS that carries no IP")
				}
				return t, at, OK
			}
		case TypePPPoE:
			if len(b) < at+8 {
				return p.short(at, "PPPoE", 8)
			}
			if n := int(be16(b, at+4)); n > 0 { // what IP claims beyond it was never sent
				p.bound = min(p.bound, at+6+n)
			}
			return p.ppp(b, at+6)
		case TypeTRILL: // RFC 6325 3: 6 bytes and options, then an Ethernet frame
			if len(b) < at+6 {
				return p.short(at, "TRILL", 6)
			}
			n := 6 + int(be16(b, at)>>6&31)*4 + 14
			if len(b) < at+n {
				return p.short(at, "TRILL", n)
			}
			t, at = be16(b, at+n-2), at+n
		case TypeNSH: // RFC 8300
			if len(b) < at+8 {
				return p.short(at, "NSH", 8)
			}
			next, n := b[at+3], int(b[at+1]&0x3f)*4
			if n < 8 || len(b) < at+n {
				return p.short(at, "NSH", max(n, 8))
			}
			switch at += n; next {
			case 1:
				return TypeIPv4, at, OK
			case 2:
				return TypeIPv6, at, OK
			case 3:
				if len(b) < at+14 {
					return p.short(at, "Ethernet", 14)
				}
				t, at = be16(b, at+12), at+14
			default:
				return p.unread(at, "NSH that carries no IP")
			}
		case TypeMACsec: // IEEE 802.1AE; only where it signs and does not encrypt
			if len(b) < at+8 {
				return p.short(at, "MACsec", 8)
			}
			if b[at]&0x0c != 0 {
				return p.unread(at, "encrypted MACsec")
			}
			n := 6
			if b[at]&0x20 != 0 { // it carries an SCI
				n += 8
			}
			if len(b) < at+n+2 {
				return p.short(at, "MACsec", n+2)
			}
			t, at = be16(b, at+n), at+n+2
		default:
			return t, at, OK
		}
	}
	return 0, 0, p.fault(Bad, at, "Ethernet", "more tags than this program walks over")
}
