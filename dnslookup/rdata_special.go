package dnslookup

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A dependent is a type whose data has parts that depend on each other.
type dependent struct {
	rfc  string
	read func(*reader)
}

var specials = map[Type]*dependent{
	11:  {"RFC 1035 3.4.2", readWKS},
	30:  {"RFC 2535 5.2", readNXT},
	34:  {"ATM Forum af-dans-0152", readATMA},
	38:  {"RFC 2874 3.1", readA6},
	42:  {"RFC 3123 4", readAPL},
	45:  {"RFC 4025 2.1", readIPSECKEY},
	55:  {"RFC 8005 5", readHIP},
	249: {"RFC 2930 2", readTKEY},
	250: {"RFC 8945 4.2", readTSIG},
	260: {"RFC 8777 4.2", readAMTRELAY},
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// readWKS reads the well-known services of an address: one bit a port.
func readWKS(p *reader) {
	p.read("Address", addr4)
	p.read("Protocol", u8)
	if p.left() > 8192 {
		p.fail("the bit map of ports has %d bytes, and there are ports for 8192", p.left())
	}
	p.bytes("Ports", p.left(), func(b []byte) string {
		return setBits(b, func(to []byte, n int) []byte { return strconv.AppendInt(to, int64(n), 10) })
	})
	p.values = withoutEmpty(p.values)
}

// readNXT reads what came before NSEC.
func readNXT(p *reader) {
	p.read("Next name", domain)
	if p.left() > 16 {
		p.fail("the bit map of types has %d bytes; at most 16 are allowed", p.left())
	}
	p.bytes("Types", p.left(), func(b []byte) string {
		return setBits(b, func(to []byte, n int) []byte { return Type(n).append(to) })
	})
	p.values = withoutEmpty(p.values)
}

// setBits lists the bits that are set, as add writes them.
func setBits(b []byte, add func(to []byte, n int) []byte) string {
	set := 0
	for _, c := range b {
		set += bits.OnesCount8(c)
	}
	text := make([]byte, 0, len("65535 ")*set) // growing it would cost more
	for i := range 8 * len(b) {
		if b[i/8]>>(7-i%8)&1 == 1 {
			if len(text) > 0 {
				text = append(text, ' ')
			}
			text = add(text, i)
		}
	}
	return string(text)
}

func withoutEmpty(values []string) []string {
	var kept []string
	for _, v := range values {
		if v != "" {
			kept = append(kept, v)
		}
	}
	return kept
}

// readATMA reads an ATM address: a telephone number, or hex digits.
func readATMA(p *reader) {
	var format byte
	p.bytes("Format", 1, func(b []byte) string { format = b[0]; return "" })
	p.bytes("Address", p.left(), func(b []byte) string {
		if format == 1 {
			return "+" + inner(b)
		}
		return hex.EncodeToString(b)
	})
	p.values = withoutEmpty(p.values)
}

// readA6 reads the lower bits of an address, and the name that has the upper
// ones.
func readA6(p *reader) {
	length, _ := strconv.Atoi(p.read("Prefix length", u8))
	if length > 128 {
		p.fail("a prefix of %d bits; IPv6 has 128", length)
		return
	}
	if n := (128 - length + 7) / 8; n > 0 {
		p.bytes("Address suffix", n, func(b []byte) string {
			var whole [16]byte
			copy(whole[16-n:], b)
			return netip.AddrFrom16(whole).String()
		})
	}
	if length > 0 {
		p.read("Prefix name", domain)
	}
}

// readAPL reads a list of prefixes, such as "1:192.0.2.0/24 !2:2001:db8::/32".
// A prefix leaves its zero bytes at the end out.
func readAPL(p *reader) {
	for p.err == nil && p.left() > 0 {
		if p.err = p.d.need(4, "a prefix"); p.err != nil {
			return
		}
		head := p.d.msg[p.d.pos : p.d.pos+4]
		family, length, n := int(head[0])<<8|int(head[1]), int(head[2]), int(head[3]&0x7f)
		size := map[int]int{1: 4, 2: 16}[family]
		switch {
		case size == 0:
			p.fail("address family %d is neither IPv4 (1) nor IPv6 (2)", family)
		case n > size || length > 8*size:
			p.fail("a prefix of %d bits in %d bytes does not fit family %d", length, n, family)
		}
		p.bytes("Prefix", 4+n, func(b []byte) string {
			var whole [16]byte
			copy(whole[:], b[4:])
			addr, _ := netip.AddrFromSlice(whole[:size])
			not := ""
			if b[3]&0x80 != 0 {
				not = "!"
			}
			return fmt.Sprintf("%s%d:%s/%d", not, family, addr, length)
		})
	}
}

// gateway reads an address or a name, as a type before it says.
func (p *reader) gateway(name string, kind int) {
	switch kind {
	case 0:
		p.values = append(p.values, ".")
	case 1:
		p.read(name, addr4)
	case 2:
		p.read(name, addr6)
	case 3:
		p.read(name, domain)
	default:
		p.fail("%s type %d is not defined", strings.ToLower(name), kind)
	}
}

func readIPSECKEY(p *reader) {
	p.read("Precedence", u8)
	kind, _ := strconv.Atoi(p.read("Gateway type", u8))
	p.read("Algorithm", u8)
	p.gateway("Gateway", kind)
	p.read("Public key", base64Maybe)
}

func readAMTRELAY(p *reader) {
	p.read("Precedence", u8)
	kind := 0
	p.bytes("Discovery and relay type", 1, func(b []byte) string {
		kind = int(b[0] & 0x7f)
		return fmt.Sprintf("%d %d", b[0]>>7, kind)
	})
	p.gateway("Relay", kind)
}

// readHIP reads a host identity. Its lengths come first, and are not in a zone
// file.
func readHIP(p *reader) {
	if p.err = p.d.need(4, "the lengths of a host identity"); p.err != nil {
		return
	}
	at := p.d.pos
	tag, key := int(p.d.msg[at]), int(p.d.msg[at+2])<<8|int(p.d.msg[at+3])
	p.bytes("HIT length", 1, func([]byte) string { return "" })
	p.read("Algorithm", u8)
	p.bytes("Public key length", 2, func([]byte) string { return "" })
	p.bytes("Host identity tag", tag, upperHex)
	p.bytes("Public key", key, base64.StdEncoding.EncodeToString)
	for n := 0; p.err == nil && p.left() > 0; n++ {
		if n == maxParts {
			p.fail("more than %d rendezvous servers", maxParts)
		}
		p.read("Rendezvous server", domain)
	}
	p.values = withoutEmpty(p.values)
}

// counted reads two bytes of length, and as many bytes in base64.
func (p *reader) counted(name string, show func([]byte) string) {
	n, _ := strconv.Atoi(p.read(name+" length", u16))
	if n > 0 {
		p.bytes(name, n, show)
	}
}

func readTKEY(p *reader) {
	p.read("Algorithm", domain)
	p.read("Inception", instant)
	p.read("Expiration", instant)
	p.read("Mode", u16)
	p.read("Error", u16)
	p.counted("Key", base64.StdEncoding.EncodeToString)
	p.counted("Other", base64.StdEncoding.EncodeToString)
}

func readTSIG(p *reader) {
	p.read("Algorithm", domain)
	p.bytes("Time signed", 6, func(b []byte) string {
		var n int64
		for _, c := range b {
			n = n<<8 | int64(c)
		}
		return time.Unix(n, 0).UTC().Format("20060102150405")
	})
	p.read("Fudge", u16)
	p.counted("MAC", base64.StdEncoding.EncodeToString)
	p.read("Original ID", u16)
	p.read("Error", u16)
	p.counted("Other", base64.StdEncoding.EncodeToString)
}
