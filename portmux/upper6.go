package portmux

import "onwire/wire/packet"

// upper6 walks over the extension headers of a packet without judging them. It
// returns the protocol after them and where it begins, and the last offset and
// flag of a fragment header on the way. It stops at the header of a fragment
// that is not the first, and is not ok where there is no next header.
func upper6(pkt []byte) (proto uint8, at int, fragment uint16, ok bool) {
	if len(pkt) < 40 {
		return 0, 0, 0, false
	}
	proto, at = pkt[6], 40
	for range maxHeaders {
		size := 0
		switch proto {
		case packet.ProtoNoNext:
			return 0, 0, 0, false
		case packet.ProtoFragment:
			if len(pkt) < at+4 {
				return 0, 0, 0, false
			}
			if fragment = be16(pkt, at+2); fragment&^7 != 0 {
				return proto, at, fragment, true
			}
			size = 8
		case packet.ProtoHopByHop, packet.ProtoRouting, packet.ProtoDestOpts, packet.ProtoAH:
			if len(pkt) < at+2 {
				return 0, 0, 0, false
			}
			if size = int(pkt[at+1])*8 + 8; proto == packet.ProtoAH {
				size = int(pkt[at+1])*4 + 8
			}
		default:
			return proto, at, fragment, true
		}
		proto, at = pkt[at], at+size
	}
	return 0, 0, 0, false
}
