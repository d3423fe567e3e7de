package portmux_test

import (
	"net/netip"
	"strings"
	"testing"

	"onwire/portmux"
	"onwire/wire/packet"
)

// TestExplainRecord cuts the packets of the cases at every byte: a verdict on
// the beginning is that on the whole or none, and what a step says of the case
// that the rest is right is the verdict on the whole.
func TestExplainRecord(t *testing.T) {
	unknown := 0
	for _, c := range append(cases(t), verdicts(t)...) {
		if c.layer != "ip" || len(c.packets) > 1 || len(c.packets[0]) > 200 {
			continue
		}
		b := c.packets[0]
		whole := world(t).Deliver(b)
		m := world(t)
		for n := range len(b) {
			v, steps := m.ExplainRecord(b[:n:n], len(b))
			if n == 0 && v.Reason == portmux.Empty {
				continue
			}
			switch v.Kind {
			case portmux.Unknown:
				unknown++
			case portmux.Drop:
				if whole.Kind != portmux.Drop && v.Reason != portmux.Truncated {
					t.Fatalf("%s %s: %d bytes: %s (%s); the whole: %s", c.number, c.name, n, v, v.Reason, whole)
				}
				continue
			default:
				if v.String() != whole.String() {
					t.Fatalf("%s %s: %d bytes: %s; the whole: %s", c.number, c.name, n, v, whole)
				}
				continue
			}
			if len(m.AppendReply(nil, v)) > 0 {
				t.Fatalf("%s: an answer to what is not known", c.number)
			}
			for _, s := range steps {
				if s.Rule == "if the rest is right" && s.Note.String() != whole.String() && whole.Kind != portmux.Drop {
					t.Fatalf("%s %s: %d bytes: %s; the whole: %s (%s)", c.number, c.name, n, s.Note, whole, whole.Reason)
				}
			}
		}
	}
	if unknown < 1000 {
		t.Errorf("only %d cuts leave the verdict open", unknown)
	}
}

// TestIPv6RFCs: a packet of IPv6 is dropped by a rule of IPv6.
func TestIPv6RFCs(t *testing.T) {
	udp := func(src, dst string) []byte {
		from, to := netip.MustParseAddr(src), netip.MustParseAddr(dst)
		return packet.IPv6{NextHeader: packet.ProtoUDP, Src: from, Dst: to}.Append(nil, packet.UDP{SrcPort: 6000, DstPort: 9000}.Append(nil, from, from, nil)) // with a wrong checksum
	}
	for _, tt := range []struct {
		name, want string
		b          []byte
	}{
		{"a multicast source", "RFC 4291 2.7", udp("ff02::1", "fd09::2")},
		{"a loopback source", "RFC 4291 2.5.3", udp("::1", "fd09::2")},
		{"a loopback destination", "RFC 4291 2.5.3", udp("fd09::1", "::1")},
		{"no destination", "RFC 4291 2.5.2", udp("fd09::1", "::")},
		{"a group of one interface", "RFC 4291 2.7", udp("fd09::1", "ff01::1")},
		{"another host", "RFC 4291 2.8", udp("fd09::1", "fd09::99")},
		{"a group that is not joined", "RFC 4291 2.8", udp("fd09::1", "ff02::77")},
		{"a wrong checksum", "RFC 8200 8.1", udp("fd09::1", "fd09::2")},
		{"shorter than it says", "RFC 8200 3", udp("fd09::1", "fd09::2")[:45]},
	} {
		v, steps := world(t).Explain(tt.b)
		if v.Kind != portmux.Drop || v.RFC() != tt.want || steps[len(steps)-1].RFC != tt.want {
			t.Errorf("%s: %s, %s (%s), want %s", tt.name, v, v.RFC(), v.Reason, tt.want)
		}
	}
	for _, c := range verdicts(t) { // and none of the host's verdicts on IPv6 cites IPv4
		m := world(t)
		for _, b := range c.packets {
			v, steps := m.Explain(b)
			for _, s := range steps {
				if v.Version == 6 && v.Kind == portmux.Drop && (strings.HasPrefix(s.RFC, "RFC 1122 3") || strings.HasPrefix(s.RFC, "RFC 791")) {
					t.Errorf("%s %s: %s cites %s", c.number, c.name, v.Reason, s.RFC)
				}
			}
		}
	}
}
