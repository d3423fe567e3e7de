package ipaddr

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"onwire/wire"
)

// An Embedded is a value that an address carries inside itself.
type Embedded struct {
	Kind      string     // "IPv4-mapped", "Teredo client", "EUI-64 MAC"
	Bit, Bits int        // its place in the 128 bits
	Value     string     // as text: "192.0.2.33", "00:11:22:33:44:55"
	Addr      netip.Addr // Value, where it is an address; else not valid
	Note      wire.Note  // how it is read
	RFC       string     // "RFC 4380 4"
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	nat64Local = netip.MustParsePrefix("64:ff9b:1::/48")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	teredo     = netip.MustParsePrefix("2001::/32")
	uniqueLoc  = netip.MustParsePrefix("fc00::/7")
	compatible = netip.MustParsePrefix("::/96")
)

// EmbeddedIn returns what lies inside an address, in the order of its bits. An
// IPv4 address has nothing inside.
func EmbeddedIn(a netip.Addr) []Embedded {
	a = a.WithZone("")
	if !a.Is6() {
		return nil
	}
	var found []Embedded
	switch {
	case a.Is4In6():
		found = append(found, embedded4(a, "IPv4-mapped", 96, "RFC 4291 2.5.5.2", wire.Notef("the last 32 bits")))
	case compatible.Contains(a) && valueOf(a).lo > 0xffff:
		found = append(found, embedded4(a, "IPv4-compatible", 96, "RFC 4291 2.5.5.1",
			wire.Notef("the last 32 bits; this form is deprecated")))
	case nat64.Contains(a):
		found = append(found, embeddedNAT64(a))
	case nat64Local.Contains(a):
		if e, ok := embeddedLocalNAT64(a); ok {
			found = append(found, e)
		}
	case sixToFour.Contains(a):
		e := embedded4(a, "6to4", 16, "RFC 3056 2", wire.Notef("the 32 bits after 2002: the tunnel's IPv4 end"))
		if notGlobal(e.Addr) {
			e.RFC, e.Note = "RFC 3056 9", wire.Notef("the 32 bits after 2002: the tunnel's IPv4 end, which must be a global address, and this one is not: relays drop the packet")
		}
		found = append(found, e)
	case teredo.Contains(a):
		found = append(found, embeddedTeredo(a)...)
	case uniqueLoc.Contains(a):
		found = append(found, embeddedULA(a)...)
	case a.IsMulticast():
		if suffix, ok := SolicitedNodeSuffix(a); ok {
			found = append(found, Embedded{
				Kind: "solicited-node suffix", Bit: 104, Bits: 24, Value: fmt.Sprintf("%02x:%04x", suffix>>16, suffix&0xffff),
				Note: wire.Notef("the last 24 bits of every address that this group asks for"), RFC: "RFC 4291 2.7.1",
			})
		}
		return found
	}
	if e, ok := embeddedISATAP(a); ok {
		found = append(found, e)
	} else if mac, ok := MAC(a); ok {
		found = append(found, Embedded{
			Kind: "EUI-64 MAC", Bit: 64, Bits: 64, Value: mac.String(),
			Note: wire.Notef("the interface identifier has ff:fe in the middle: a MAC, with bit 7 of its first byte flipped"),
			RFC:  "RFC 4291 App. A",
		})
	}
	return found
}

// EmbeddedInput returns what lies inside an input. Of a prefix only the bits
// up to its length are known, so only what lies in those counts; a range has
// nothing inside.
func EmbeddedInput(in Input) []Embedded {
	all := EmbeddedIn(in.Addr)
	switch in.Kind {
	case KindRange:
		return nil
	case KindPrefix:
		return slices.DeleteFunc(all, func(e Embedded) bool { return e.Bit+e.Bits > in.Prefix.Bits() })
	}
	return all
}

// bitsOf returns n bits (at most 64) of an address from the given bit.
func bitsOf(a netip.Addr, bit, n int) uint64 {
	v := valueOf(a)
	var out uint64
	for i := bit; i < bit+n; i++ {
		word := v.hi
		if i >= 64 {
			word = v.lo
		}
		out = out<<1 | word>>(63-i%64)&1
	}
	return out
}

func addr4(v uint64) netip.Addr { return uint128{lo: v & 0xffffffff}.addr(32) }

func embedded4(a netip.Addr, kind string, bit int, rfc string, note wire.Note) Embedded {
	v4 := addr4(bitsOf(a, bit, 32))
	return Embedded{Kind: kind, Bit: bit, Bits: 32, Value: v4.String(), Addr: v4, Note: note, RFC: rfc}
}

func embeddedNAT64(a netip.Addr) Embedded {
	e := embedded4(a, "NAT64", 96, "RFC 6052 2.1", wire.Notef("the last 32 bits: the IPv4 host behind the translator"))
	switch {
	case notGlobal(e.Addr):
		e.Note = wire.Notef("the last 32 bits; this IPv4 address is not global, and the well-known prefix must not carry such addresses: translators drop the packet")
		e.RFC = "RFC 6052 3.1"
	case isDocumentation(e.Addr):
		e.Note = wire.Notef("the last 32 bits; this address for examples is used here in place of a global one, since the well-known prefix must not carry other addresses")
		e.RFC = "RFC 6052 3.1"
	}
	return e
}

// embeddedLocalNAT64 reads an address in 64:ff9b:1::/48, whose owner chose how
// long the translator's prefix is. RFC 6052 2.2 says where the 32 bits are
// for each length; bits 64 to 71 are zero, and so is all that follows. The
// shortest length that fits this is taken: a longer one would cut off the
// front of the IPv4 address.
func embeddedLocalNAT64(a netip.Addr) (Embedded, bool) {
	for _, form := range []struct {
		length    int // of the prefix
		bit, bits int // the place of the address, with the gap of 8 inside
		high      int // its bits before the gap
	}{
		{48, 48, 40, 16},
		{56, 56, 40, 8},
		{64, 72, 32, 0},
		{96, 96, 32, 0},
	} {
		low := 32 - form.high
		end := form.bit + form.bits
		v4 := bitsOf(a, form.bit, form.high)<<low | bitsOf(a, end-low, low)
		if form.length < 96 && bitsOf(a, 64, 8) != 0 || v4>>24 == 0 || bitsOf(a, end, 128-end) != 0 {
			continue
		}
		return Embedded{
			Kind: "NAT64", Bit: form.bit, Bits: form.bits, Value: addr4(v4).String(), Addr: addr4(v4),
			Note: wire.Notef("if the translator's prefix is a /%d, as the other bits suggest; its owner chose the length", form.length),
			RFC:  "RFC 6052 2.2",
		}, true
	}
	return Embedded{}, false
}

// embeddedTeredo reads RFC 4380 4: the server, flags, and the client's port
// and address as its NAT shows them, every bit flipped so that no NAT on
// the way takes them for an address to translate.
func embeddedTeredo(a netip.Addr) []Embedded {
	const rfc = "RFC 4380 4"
	server := embedded4(a, "Teredo server", 32, rfc, wire.Notef("bits 32 to 63, as they are"))
	flags := bitsOf(a, 64, 16)
	port := bitsOf(a, 80, 16) ^ 0xffff
	client := addr4(bitsOf(a, 96, 32) ^ 0xffffffff)
	clientNote := wire.Notef("the last 32 bits with every bit flipped")
	if notGlobal(client) {
		clientNote = wire.Notef("the last 32 bits with every bit flipped: it must be a global address, and this one is not")
	}
	coneNote := wire.Notef("the cone bit is 0")
	if flags&0x8000 != 0 {
		coneNote = wire.Notef("the cone bit is 1: the client thought that its NAT accepts packets from any host (RFC 5991 keeps it 0)")
	}
	return []Embedded{
		server,
		{Kind: "Teredo flags", Bit: 64, Bits: 16, Value: fmt.Sprintf("0x%04x", flags), Note: coneNote, RFC: rfc},
		{Kind: "Teredo port", Bit: 80, Bits: 16, Value: fmt.Sprint(port), Note: wire.Notef("%#04x with every bit flipped", port^0xffff), RFC: rfc},
		{Kind: "Teredo client", Bit: 96, Bits: 32, Value: client.String(), Addr: client, Note: clientNote, RFC: rfc},
	}
}

func embeddedULA(a netip.Addr) []Embedded {
	const rfc = "RFC 4193 3.1"
	note := wire.Notef("40 bits that should be random, so that two networks can be joined without a clash")
	if bitsOf(a, 7, 1) == 0 {
		note = wire.Notef("the L bit is 0: how such identifiers are given out was never defined; use fd00::/8")
	}
	return []Embedded{
		{Kind: "ULA global ID", Bit: 8, Bits: 40, Value: fmt.Sprintf("%010x", bitsOf(a, 8, 40)), Note: note, RFC: rfc},
		{Kind: "ULA subnet ID", Bit: 48, Bits: 16, Value: fmt.Sprintf("%04x", bitsOf(a, 48, 16)), Note: wire.Notef("65536 subnets of a /64 each"), RFC: rfc},
	}
}

// embeddedISATAP reads RFC 5214 6.1: the interface identifier is 00005efe, or
// 02005efe for an IPv4 address that is unique in the world, and the address.
func embeddedISATAP(a netip.Addr) (Embedded, bool) {
	unique := bitsOf(a, 64, 32) == 0x02005efe
	if !unique && bitsOf(a, 64, 32) != 0x00005efe {
		return Embedded{}, false
	}
	note := wire.Notef("the last 32 bits, after 0000:5efe: the u bit is 0, so the address need not be unique")
	if unique && notGlobal(addr4(bitsOf(a, 96, 32))) {
		note = wire.Notef("the last 32 bits, after 0200:5efe: the u bit is 1, so the address should be unique in the world, but this one is not global: write 0000:5efe")
	} else if unique {
		note = wire.Notef("the last 32 bits, after 0200:5efe: the u bit is 1, so the address should be unique in the world")
	}
	return embedded4(a, "ISATAP", 96, "RFC 5214 6.1", note), true
}

// MAC returns the Ethernet address from which the interface identifier of an
// IPv6 unicast address was made (modified EUI-64, RFC 4291 appendix A): ff:fe
// in the middle, and the universal/local bit flipped. A random identifier
// looks like one in 1 case of 65,536.
func MAC(a netip.Addr) (mac net.HardwareAddr, ok bool) {
	if !a.Is6() || a.IsMulticast() || valueOf(a).hi == 0 || teredo.Contains(a.WithZone("")) {
		return nil, false
	}
	b := a.As16()
	if b[11] != 0xff || b[12] != 0xfe {
		return nil, false
	}
	return net.HardwareAddr{b[8] ^ 2, b[9], b[10], b[13], b[14], b[15]}, true
}
