package ipaddr

import (
	"net/netip"

	"onwire/wire"
)

// Reach says whether packets with an address cross the whole Internet: "true"
// or "false" as the registry has it, "n/a" where it depends on more than the
// address, "-" where the registry is blank, "unallocated" for IPv6 addresses
// outside every block. An IPv4 address in no block is ordinary: "true".
//
// It is "false" too for an address of NAT64's well-known prefix, of 6to4 or of
// Teredo with an IPv4 address inside that is not global: translators, relays
// and hosts must drop such packets (RFC 6052 3.1, RFC 3056 9, RFC 4380 4).
func Reach(a netip.Addr) string {
	if insideNotGlobal(a) {
		return False.String()
	}
	if chain := Chain(a); len(chain) > 0 {
		return chain[0].GloballyReachable.String()
	}
	if a.Is4() {
		return "true"
	}
	return "unallocated"
}

// ReachRange is Reach for all addresses of a range, and "mixed" where the
// range crosses the border of a block inside which the answer is another.
func ReachRange(r Range) string {
	reach := Reach(r.First)
	if insideMixed(r) {
		if Chain(r.First)[0].GloballyReachable == NotApplicable {
			return NotApplicable.String()
		}
		return "mixed"
	}
	_, part := Blocks(r)
	for _, b := range part {
		if b.GloballyReachable.String() != reach {
			return "mixed"
		}
	}
	// What lies between and around the parts has the answer of what holds
	// it all; the two ends show it, if anything there is outside the parts.
	for _, b := range part {
		for _, a := range []netip.Addr{b.Prefix.Addr().Prev(), LastAddr(b.Prefix).Next()} {
			if a.IsValid() && r.Contains(Range{a, a}) && Reach(a) != reach {
				return "mixed"
			}
		}
	}
	if Reach(r.Last) != reach {
		return "mixed"
	}
	return reach
}

// notGlobal reports whether an IPv4 address inside an IPv6 one is not global.
func notGlobal(v4 netip.Addr) bool {
	chain := Chain(v4)
	return len(chain) > 0 && notGlobalBlock(chain[0])
}

// notGlobalBlock is notGlobal for a block. The blocks for documentation count
// as global here: RFC 6052 2.4 itself writes 64:ff9b::192.0.2.33 where a real
// network has a global address.
func notGlobalBlock(b Block) bool {
	a := b.Prefix.Addr()
	return a.Is4() && !isDocumentation(a) && (b.GloballyReachable == False || a.IsMulticast())
}

func isDocumentation(v4 netip.Addr) bool {
	b := v4.As4()
	switch [3]byte(b[:3]) {
	case [3]byte{192, 0, 2}, [3]byte{198, 51, 100}, [3]byte{203, 0, 113}: // RFC 5737
		return true
	}
	return false
}

// insideOf returns the IPv4 address on which the reach of an IPv6 address
// depends; ok is false where it depends on none.
func insideOf(a netip.Addr) (v4 netip.Addr, ok bool) {
	if !a.Is6() {
		return netip.Addr{}, false
	}
	a = a.WithZone("")
	switch {
	case nat64.Contains(a):
		return addr4(bitsOf(a, 96, 32)), true
	case sixToFour.Contains(a):
		return addr4(bitsOf(a, 16, 32)), true
	case teredo.Contains(a): // the client
		return addr4(bitsOf(a, 96, 32) ^ 0xffffffff), true
	}
	return netip.Addr{}, false
}

func insideNotGlobal(a netip.Addr) bool {
	v4, ok := insideOf(a)
	return ok && notGlobal(v4)
}

// insideMixed reports whether a range lies in a block on whose IPv4 addresses
// its reach depends, and some of them are global and others are not.
func insideMixed(r Range) bool {
	for _, block := range []netip.Prefix{nat64, sixToFour, teredo} {
		if !RangeOf(block).Contains(r) {
			continue
		}
		first, _ := insideOf(r.First)
		last, _ := insideOf(r.Last)
		if block == teredo {
			if bitsOf(r.First, 32, 64) != bitsOf(r.Last, 32, 64) {
				return true // the last 32 bits take all values
			}
			first, last = last, first // the bits are flipped
		}
		return mixedGlobal(Range{first, last})
	}
	return false
}

// mixedGlobal reports whether some addresses of an IPv4 range are global and
// others are not: the answer can change at the borders of blocks only.
func mixedGlobal(r Range) bool {
	global := notGlobal(r.First)
	if notGlobal(r.Last) != global {
		return true
	}
	_, part := Blocks(r)
	for _, b := range part {
		for _, a := range []netip.Addr{b.Prefix.Addr().Prev(), b.Prefix.Addr(), LastAddr(b.Prefix), LastAddr(b.Prefix).Next()} {
			if a.IsValid() && r.Contains(Range{a, a}) && notGlobal(a) != global {
				return true
			}
		}
	}
	return false
}

// ReachNote says in a sentence what a verdict of Reach or ReachRange means.
func ReachNote(reach string) wire.Note {
	switch reach {
	case "true":
		return wire.Notef("true: packets to it may cross the whole Internet")
	case "false":
		return wire.Notef("false: IANA's registry says that no router of the Internet should carry it")
	case "mixed":
		return wire.Notef("mixed: it spans blocks that have different answers")
	case "n/a":
		return wire.Notef("n/a: it depends on the IPv4 address inside, says the registry")
	case "unallocated":
		return wire.Notef("unallocated: no network has been given this address, so no packet to it arrives")
	}
	return wire.Notef("-: IANA's registries do not say")
}

// ReachWhy is ReachNote for the addresses of a range, and names the IPv4
// address inside where that decides.
func ReachWhy(r Range) wire.Note {
	reach := ReachRange(r)
	v4, inside := insideOf(r.First)
	switch {
	case reach == "false" && inside && sixToFour.Contains(r.First):
		return wire.Notef("false: the IPv4 address inside, %s, is not global, and relays must drop such packets (RFC 3056 9)", v4)
	case reach == "false" && inside && teredo.Contains(r.First):
		return wire.Notef("false: the client's IPv4 address inside, %s, is not global, as it must be (RFC 4380 4)", v4)
	case reach == "false" && inside:
		return wire.Notef("false: the IPv4 address inside, %s, is not global, and translators must drop such packets (RFC 6052 3.1)", v4)
	case reach == "mixed" && inside && insideMixed(r):
		return wire.Notef("mixed: it depends on the IPv4 address inside, which must be global")
	}
	return ReachNote(reach)
}
