package dnslookup

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"onwire/wire"
)

// maxParts bounds the strings of a record that get a Field of their own.
const maxParts = 128

// field names the octets from start up to where the decoder is.
func (d *decoder) field(start int, value string) wire.Field {
	return wire.Field{Bit: 8 * start, Bits: 8 * (d.pos - start), Value: value}
}

// take returns the next n octets; the caller has called need.
func (d *decoder) take(n int) []byte {
	b := d.msg[d.pos : d.pos+n]
	d.pos += n
	return b
}

// rest takes all octets that are left as RFC 3597 shows them: "4 c0000201".
func (d *decoder) rest() (wire.Field, string) {
	start := d.pos
	b := d.take(d.end - d.pos)
	value := strconv.Itoa(len(b)) + " " + hex.EncodeToString(b)
	f := d.field(start, value)
	f.Note = wire.Notef("of a kind that this program does not take apart")
	return f, strings.TrimSpace(value)
}

// part reads one part of a record's data. The second result is the part as it
// stands in a zone file; the field's value may say more.
func (d *decoder) part(p part, rr *Record) (wire.Field, string, error) {
	start := d.pos
	plain := func(value string) (wire.Field, string, error) { return d.field(start, value), value, nil }
	switch p.kind {
	case u8, u16, u32, typeCode, algorithm, digest, instant, keyFlags, certType, algorithmName, scheme:
		return d.coded(p)
	case addr4, addr6:
		n := 4
		if p.kind == addr6 {
			n = 16
		}
		if err := d.need(n, p.name); err != nil {
			return wire.Field{}, "", err
		}
		addr, _ := netip.AddrFromSlice(d.take(n))
		if rr.Type == TypeA || rr.Type == TypeAAAA {
			rr.Addr = addr
		}
		if addr.Is4In6() { // RFC 5952 5, and what every DNS program prints
			return plain("::ffff:" + addr.Unmap().String())
		}
		return plain(addr.String())
	case eui48, eui64:
		n := 6
		if p.kind == eui64 {
			n = 8
		}
		if err := d.need(n, p.name); err != nil {
			return wire.Field{}, "", err
		}
		return plain(strings.ReplaceAll(net.HardwareAddr(d.take(n)).String(), ":", "-"))
	case domain:
		f, name, err := d.name(p.name, "")
		return f, name, err
	case text:
		value, err := d.charString(p.name)
		if err != nil {
			return wire.Field{}, "", err
		}
		if rr.Type == TypeCAA { // its tag is not quoted
			if value = value[1 : len(value)-1]; value == "" {
				return wire.Field{}, "", d.fail(start, "the tag of a CAA record is empty (RFC 8659 4.1)")
			}
		}
		return plain(value)
	case texts:
		var values []string
		var parts []wire.Field
		if d.pos == d.end {
			return wire.Field{}, "", d.fail(start, "%s needs at least one string (RFC 1035 3.3.14)", p.name)
		}
		for d.pos < d.end {
			from := d.pos
			value, err := d.charString(p.name)
			if err != nil {
				return wire.Field{}, "", err
			}
			values = append(values, value)
			if len(parts) < maxParts {
				f := d.field(from, value)
				f.Name, f.Note = "String", wire.Notef("a length octet, %d, and as many characters", f.Bits/8-1)
				parts = append(parts, f)
			} else { // the last one takes them all
				last := &parts[maxParts-1]
				last.Name, last.Value, last.Note = "More strings", "...", wire.Note{}
				last.Bits = 8*d.pos - last.Bit
			}
		}
		text := strings.Join(values, " ")
		f := d.field(start, shorten(text))
		f.Fields = parts
		return f, text, nil
	case rawText:
		return plain(quote(d.take(d.end - d.pos)))
	case hexRest, base64Rest:
		if err := d.need(1, p.name); err != nil {
			return wire.Field{}, "", err
		}
		if p.kind == base64Rest {
			return plain(base64.StdEncoding.EncodeToString(d.take(d.end - d.pos)))
		}
		return plain(strings.ToUpper(hex.EncodeToString(d.take(d.end - d.pos))))
	case base64Maybe:
		return plain(base64.StdEncoding.EncodeToString(d.take(d.end - d.pos)))
	case nsapAddress:
		if err := d.need(1, p.name); err != nil {
			return wire.Field{}, "", err
		}
		return plain("0x" + hex.EncodeToString(d.take(d.end-d.pos)))
	case u64, locator:
		if err := d.need(8, p.name); err != nil {
			return wire.Field{}, "", err
		}
		n := binary.BigEndian.Uint64(d.take(8))
		if p.kind == u64 {
			return plain(strconv.FormatUint(n, 10))
		}
		return plain(fmt.Sprintf("%04x:%04x:%04x:%04x", n>>48, n>>32&0xffff, n>>16&0xffff, n&0xffff))
	case hexCounted, b32Counted:
		if err := d.need(1, p.name); err != nil {
			return wire.Field{}, "", err
		}
		n := int(d.msg[d.pos])
		if err := d.need(1+n, p.name); err != nil {
			return wire.Field{}, "", err
		}
		b := d.take(1 + n)[1:]
		switch {
		case p.kind == b32Counted:
			return plain(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
		case n == 0:
			return plain("-")
		}
		return plain(strings.ToUpper(hex.EncodeToString(b)))
	case types:
		return d.typeBitMap()
	case params:
		return d.svcParams()
	}
	panic("dnslookup: a layout names an unknown kind")
}

// coded reads a number that stands for something.
func (d *decoder) coded(p part) (wire.Field, string, error) {
	octets := map[kind]int{u8: 1, algorithm: 1, algorithmName: 1, digest: 1, scheme: 1, u16: 2, typeCode: 2, certType: 2, keyFlags: 2, u32: 4, instant: 4}[p.kind]
	f, n, err := d.number(p.name, octets, "")
	if err != nil {
		return f, "", err
	}
	plain := f.Value
	switch p.kind {
	case typeCode:
		plain = Type(n).String()
		f.Value = fmt.Sprintf("%s (%d)", plain, n)
	case algorithm:
		f.Value = fmt.Sprintf("%d (%s)", n, AlgorithmName(uint8(n)))
	case algorithmName, certType, scheme: // a zone file has the name where there is one
		names := map[kind]map[uint32]string{certType: certTypes, scheme: {1: "NOTIFY"}}[p.kind]
		name, ok := names[n]
		if p.kind == algorithmName {
			name, ok = algorithms[uint8(n)], algorithms[uint8(n)] != ""
		}
		if ok {
			plain, f.Value = name, fmt.Sprintf("%d (%s)", n, name)
		}
	case digest:
		names := map[uint32]string{1: "SHA-1", 2: "SHA-256", 4: "SHA-384"}
		if name, ok := names[n]; ok {
			f.Value = fmt.Sprintf("%d (%s)", n, name)
		}
	case instant:
		// Serial number arithmetic (RFC 4034 3.1.5) matters from 2106 on.
		plain = time.Unix(int64(n), 0).UTC().Format("20060102150405")
		f.Value = plain
	case keyFlags:
		switch n {
		case 256:
			f.Note = wire.Notef("a zone key (ZSK): signs the zone's records")
		case 257:
			f.Note = wire.Notef("a key-signing key (KSK): signs the keys, and is what the parent's DS points to")
		}
	}
	return f, plain, nil
}

// algorithms are the mnemonics of DNSSEC's algorithms, as IANA lists them.
var algorithms = map[uint8]string{1: "RSAMD5", 2: "DH", 3: "DSA", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1",
	8: "RSASHA256", 10: "RSASHA512", 12: "ECC-GOST", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448",
	17: "SM2SM3", 23: "ECC-GOST12", 252: "INDIRECT", 253: "PRIVATEDNS", 254: "PRIVATEOID"}

// certTypes are the types of RFC 4398 2.1.
var certTypes = map[uint32]string{1: "PKIX", 2: "SPKI", 3: "PGP", 4: "IPKIX", 5: "ISPKI", 6: "IPGP", 7: "ACPKIX", 8: "IACPKIX", 253: "URI", 254: "OID"}

// AlgorithmName returns the mnemonic of a DNSSEC algorithm, such as "ED25519".
func AlgorithmName(n uint8) string {
	if name, ok := algorithms[n]; ok {
		return name
	}
	return "unknown"
}

// charString reads a length octet and as many octets (RFC 1035 3.3).
func (d *decoder) charString(name string) (string, error) {
	if err := d.need(1, name); err != nil {
		return "", err
	}
	n := int(d.msg[d.pos])
	if err := d.need(1+n, name); err != nil {
		return "", err
	}
	return quote(d.take(1 + n)[1:]), nil
}

// quote writes octets as a string in a zone file.
func quote(octets []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range octets {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// typeBitMap reads the windows of NSEC and NSEC3 (RFC 4034 4.1.2).
func (d *decoder) typeBitMap() (wire.Field, string, error) {
	start, last := d.pos, -1
	set := 0
	for _, octet := range d.msg[d.pos:d.end] {
		set += bits.OnesCount8(octet)
	}
	names := make([]byte, 0, len("TYPE65535 ")*set) // growing it would cost more
	for d.pos < d.end {
		if err := d.need(2, "a window of types"); err != nil {
			return wire.Field{}, "", err
		}
		window, n := int(d.msg[d.pos]), int(d.msg[d.pos+1])
		if window <= last || n < 1 || n > 32 {
			return wire.Field{}, "", d.fail(d.pos, "window %d of the type bit map, with %d octets, breaks RFC 4034 4.1.2", window, n)
		}
		if err := d.need(2+n, "a window of types"); err != nil {
			return wire.Field{}, "", err
		}
		last = window
		for i, octet := range d.take(2 + n)[2:] {
			for bit := range 8 {
				if octet>>(7-bit)&1 == 1 {
					if len(names) > 0 {
						names = append(names, ' ')
					}
					names = Type(window<<8 | i<<3 | bit).append(names)
				}
			}
		}
	}
	value := string(names)
	f := d.field(start, shorten(value))
	f.Note = wire.Notef("one bit a type that exists at this name")
	return f, value, nil
}
