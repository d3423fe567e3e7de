package ipaddr

import (
	"fmt"
	"net/netip"
	"strconv"

	"onwire/wire"
)

// Fields returns the parts of the bits of an input's address by name. An IPv4
// prefix has a network and a host part; an IPv6 address has the parts that its
// block gives it. The fields cover the 32 or 128 bits exactly.
func Fields(in Input) []wire.Field {
	a := in.Addr.WithZone("")
	switch {
	case a.Is4() && in.Kind == KindPrefix:
		return fields4(a, in.Prefix.Bits())
	case a.Is4():
		return fields4(a, 0)
	}
	return fields6(a)
}

// fields4 names the network and host parts, or the octets if there is no
// prefix (length 0).
func fields4(a netip.Addr, length int) []wire.Field {
	if length == 0 {
		var octets []wire.Field
		for i, b := range a.As4() {
			octets = append(octets, wire.Field{
				Name: fmt.Sprintf("Octet %d", i+1), Bit: 8 * i, Bits: 8, Value: strconv.Itoa(int(b)), RFC: "RFC 791 3.2",
			})
		}
		return octets
	}
	p := netip.PrefixFrom(a, length)
	fields := []wire.Field{{
		Name: "Network", Bit: 0, Bits: length, Value: p.Masked().String(),
		Note: wire.Notef("the first %d bits: the same for every host of the network", length), RFC: "RFC 4632 3.1",
	}}
	if length < 32 {
		host := valueOf(a).and(lowBits(32 - length)).lo
		fields = append(fields, wire.Field{
			Name: "Host", Bit: length, Bits: 32 - length, Value: strconv.FormatUint(host, 10),
			Note: wire.Notef("the last %d bits: which host of the network", 32-length), RFC: "RFC 4632 3.1",
		})
	}
	return fields
}

// A layout builds consecutive fields.
type layout struct {
	a      netip.Addr
	bit    int
	fields []wire.Field
}

func (l *layout) add(name string, bits int, value, rfc string, parts ...wire.Field) {
	if value == "" {
		value = fmt.Sprintf("%0*x", (bits+3)/4, l.peek(bits))
	}
	l.fields = append(l.fields, wire.Field{Name: name, Bit: l.bit, Bits: bits, Value: value, RFC: rfc, Fields: parts})
	l.bit += bits
}

func (l *layout) peek(bits int) uint64 {
	if bits > 64 {
		return 0 // only runs of zeros are longer
	}
	return bitsOf(l.a, l.bit, bits)
}

func (l *layout) addr4(name, rfc string) { l.add(name, 32, addr4(l.peek(32)).String(), rfc) }

func fields6(a netip.Addr) []wire.Field {
	l := &layout{a: a}
	switch {
	case a.Is4In6():
		l.add("Zeros", 80, "0", "RFC 4291 2.5.5.2")
		l.add("Ones", 16, "ffff", "RFC 4291 2.5.5.2")
		l.addr4("IPv4 address", "RFC 4291 2.5.5.2")
	case nat64.Contains(a):
		l.add("Well-known prefix", 96, "64:ff9b::/96", "RFC 6052 2.1")
		l.addr4("IPv4 address", "RFC 6052 2.1")
	case sixToFour.Contains(a):
		l.add("6to4 prefix", 16, "", "RFC 3056 2")
		l.addr4("V4ADDR", "RFC 3056 2")
		l.add("SLA ID", 16, "", "RFC 3056 2")
		l.interfaceID()
	case teredo.Contains(a):
		l.add("Teredo prefix", 32, teredo.String(), "RFC 4380 4")
		l.addr4("Server IPv4", "RFC 4380 4")
		l.add("Flags", 16, "", "RFC 4380 4")
		l.add("Obfuscated port", 16, strconv.FormatUint(l.peek(16)^0xffff, 10), "RFC 4380 4")
		l.add("Obfuscated client IPv4", 32, addr4(l.peek(32)^0xffffffff).String(), "RFC 4380 4")
	case uniqueLoc.Contains(a):
		l.add("Prefix", 7, "fc00::/7", "RFC 4193 3.1")
		l.add("L", 1, "", "RFC 4193 3.1")
		l.add("Global ID", 40, "", "RFC 4193 3.1")
		l.add("Subnet ID", 16, "", "RFC 4193 3.1")
		l.interfaceID()
	case a.IsLinkLocalUnicast():
		l.add("Link-local prefix", 10, "fe80::/10", "RFC 4291 2.5.6")
		l.add("Zeros", 54, "", "RFC 4291 2.5.6")
		l.interfaceID()
	case a.IsMulticast():
		l.multicast()
	case bitsOf(a, 0, 3) == 1: // 2000::/3
		l.add("Global routing prefix and subnet ID", 64, netip.PrefixFrom(a, 64).Masked().Addr().String(), "RFC 4291 2.5.4")
		l.interfaceID()
	default:
		for i := range 8 {
			l.add(fmt.Sprintf("Group %d", i+1), 16, strconv.FormatUint(l.peek(16), 16), "RFC 4291 2.2")
		}
	}
	return l.fields
}

// interfaceID adds the last 64 bits, with what they were made from.
func (l *layout) interfaceID() {
	const rfc = "RFC 4291 2.5.1"
	parts := &layout{a: l.a, bit: 64}
	if e, ok := embeddedISATAP(l.a); ok {
		parts.add("ISATAP mark", 32, "", e.RFC)
		parts.addr4("IPv4 address", e.RFC)
	} else if mac, ok := MAC(l.a); ok {
		parts.add("MAC, first half", 24, mac[:3].String(), "RFC 4291 App. A")
		parts.add("Filler", 16, "fffe", "RFC 4291 App. A")
		parts.add("MAC, second half", 24, mac[3:].String(), "RFC 4291 App. A")
	}
	l.add("Interface ID", 64, "", rfc, parts.fields...)
}

func (l *layout) multicast() {
	const rfc = "RFC 4291 2.7"
	l.add("Multicast prefix", 8, "ff00::/8", rfc)
	flags := &layout{a: l.a, bit: 8}
	for _, f := range []struct{ name, rfc string }{
		{"Reserved", rfc}, {"R (rendezvous point)", "RFC 3956 3"}, {"P (from a prefix)", "RFC 3306 4"}, {"T (transient)", rfc},
	} {
		flags.add(f.name, 1, "", f.rfc)
	}
	l.add("Flags", 4, "", rfc, flags.fields...)
	m, _ := MulticastOf(l.a)
	l.add("Scope", 4, m.Scope, rfc)
	if suffix, ok := SolicitedNodeSuffix(l.a); ok {
		l.add("Solicited-node prefix", 88, "0:0:0:0:1:ff", "RFC 4291 2.7.1")
		l.add("Last 24 bits", 24, fmt.Sprintf("%06x", suffix), "RFC 4291 2.7.1")
		return
	}
	if flags := bitsOf(l.a, 8, 4); flags&0b1010 == 0b0010 { // P, and not the reserved one
		l.fromPrefix(flags&0b0100 != 0)
		return
	}
	l.add("Group ID", 112, fmt.Sprintf("%x", valueOf(l.a).and(lowBits(112)).big()), rfc)
}

// fromPrefix adds what follows the scope in a group made from a unicast prefix,
// which may name its rendezvous point too.
func (l *layout) fromPrefix(rendezvous bool) {
	rfc := "RFC 3306 4"
	if rendezvous {
		rfc = "RFC 3956 4"
		l.add("Reserved", 4, "", rfc)
		l.add("RIID", 4, "", rfc)
	} else {
		l.add("Reserved", 8, "", rfc)
	}
	l.add("Prefix length", 8, strconv.FormatUint(l.peek(8), 10), rfc)
	l.add("Network prefix", 64, uint128{hi: l.peek(64)}.addr(128).String(), rfc)
	l.add("Group ID", 32, "", rfc)
}
