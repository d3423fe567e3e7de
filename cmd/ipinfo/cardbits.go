package main

import (
	"fmt"
	"net/netip"
	"strings"

	"onwire/internal/term"
	"onwire/ipaddr"
)

// drawBits draws the bits of an address in their groups. Where there is a
// prefix, "|" marks its end, and the AND with the mask is worked out.
func (a *app) drawBits(in ipaddr.Input) {
	addr := in.Addr.WithZone("")
	switch {
	case in.Kind == ipaddr.KindRange:
		a.drawRange(in.Range)
	case addr.Is4() && in.Kind == ipaddr.KindPrefix:
		a.drawAnd4(addr, in.Prefix)
	case addr.Is4():
		a.draw4(addr)
	case in.Kind == ipaddr.KindPrefix:
		a.drawAnd6(addr, in.Prefix)
	default:
		a.draw6(addr)
	}
}

// draw4 draws the octets of an address in three bases.
func (a *app) draw4(addr netip.Addr) {
	s := a.Screen()
	var decimal, hex []string
	for _, b := range addr.As4() {
		decimal = append(decimal, fmt.Sprintf("%-8d", b))
		hex = append(hex, fmt.Sprintf("%02x      ", b))
	}
	for _, row := range [][2]string{
		{"decimal", strings.Join(decimal, " ")},
		{"bits", strings.Join(ipaddr.Groups(addr), " ")},
		{"hex", strings.Join(hex, " ")},
	} {
		s.Printf("%s%s\n", s.Paint(term.Blue, term.Pad(row[0], labelColumns)), s.Paint(term.Cyan, strings.TrimRight(row[1], " ")))
	}
}

// paintBits colours the network bits (before "|") and the host bits.
func (a *app) paintBits(bits string) string {
	s := a.Screen()
	network, host, found := strings.Cut(bits, "|")
	if !found {
		return s.Paint(term.Yellow, bits)
	}
	return s.Paint(term.Green, network) + "|" + s.Paint(term.Yellow, host)
}

// drawAnd4 draws the AND of an address and its mask, bit under bit.
func (a *app) drawAnd4(addr netip.Addr, p netip.Prefix) {
	s := a.Screen()
	n := p.Bits()
	values := s.Width >= labelColumns+36+2+15
	for _, row := range []struct {
		label string
		addr  netip.Addr
	}{{"address", addr}, {"AND mask", ipaddr.Mask(p)}, {"= network", p.Masked().Addr()}} {
		bits := ipaddr.Bits(row.addr, n)
		value := ""
		if values {
			value = strings.Repeat(" ", 38-len(bits)) + row.addr.String()
		}
		s.Printf("%s%s%s\n", s.Paint(term.Blue, term.Pad(row.label, labelColumns)), a.paintBits(bits), value)
	}
	s.Printf("%s%s\n", strings.Repeat(" ", labelColumns), a.paintBits(letters(ipaddr.Bits(p.Addr(), n))))
	s.Printf("%s%s\n", strings.Repeat(" ", labelColumns), "n network, h host; | is where the prefix ends")
}

// letters turns bits into n for the network part and h for the host part.
func letters(bits string) string {
	letter := 'n'
	if !strings.Contains(bits, "|") { // a length of 0
		letter = 'h'
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '|':
			letter = 'h'
		case '0', '1':
			return letter
		}
		return r
	}, bits)
}

// draw6 draws the eight groups of an address, two a line.
func (a *app) draw6(addr netip.Addr) {
	s := a.Screen()
	hex := groupsHex(addr)
	for i, bits := range ipaddr.Groups(addr) {
		if i%2 == 0 {
			label := ""
			if i == 0 {
				label = "bits"
			}
			s.Printf("%s", s.Paint(term.Blue, term.Pad(label, labelColumns)))
		}
		s.Printf("%s %s", hex[i], s.Paint(term.Cyan, bits))
		if i%2 == 0 {
			s.Printf("   ")
		} else {
			s.Printf("\n")
		}
	}
}

// drawParts draws the parts that an IPv6 address has by its block, such as the
// server and client in a Teredo address; nothing where it has none but its
// eight groups, or where a prefix divides it otherwise.
func (a *app) drawParts(in ipaddr.Input) error {
	fields := ipaddr.Fields(in)
	if in.Addr.Is4() || fields[0].Name == "Group 1" || in.Kind == ipaddr.KindRange || in.Kind == ipaddr.KindPrefix {
		return nil
	}
	v := a.Screen().FieldView()
	if err := v.Write(a.Out(), in.Addr.AsSlice(), fields); err != nil {
		return err
	}
	a.Screen().Printf("\n")
	return nil
}

// groupsHex returns the eight groups of four hex digits.
func groupsHex(addr netip.Addr) []string {
	hex := ipaddr.Hex(addr)
	var groups []string
	for i := 0; i < len(hex); i += 4 {
		groups = append(groups, hex[i:i+4])
	}
	return groups
}

// drawAnd6 draws the AND of an address and its mask, one group a line.
func (a *app) drawAnd6(addr netip.Addr, p netip.Prefix) {
	s := a.Screen()
	n := p.Bits()
	network := p.Masked().Addr()
	hex, netHex := groupsHex(addr), groupsHex(network)
	wide := s.Width >= 67
	head := "      address            = network"
	if wide {
		head = "      address            AND mask           = network"
	}
	s.Printf("%s\n", s.Paint(term.Dim, head))
	mask, net := ipaddr.Groups(ipaddr.Mask(p)), ipaddr.Groups(network)
	for i, bits := range ipaddr.Groups(addr) {
		cut := min(max(n-16*i, 0), 16) // network bits in this group
		cells := []string{hex[i], a.cutBits(bits, cut), a.cutBits(mask[i], cut), a.cutBits(net[i], cut), netHex[i]}
		if !wide {
			cells = []string{cells[0], cells[1], cells[3]}
		}
		s.Printf("%s\n", strings.Join(cells, "  "))
	}
	s.Printf("      before | are the %s, after it the %s\n", term.Count(n, "network bit"), term.Count(128-n, "host bit"))
}

// cutBits draws a group of 16 bits with "|" after its network bits, 17 columns.
func (a *app) cutBits(bits string, cut int) string { return a.paintBits(bits[:cut] + "|" + bits[cut:]) }

// drawRange draws the two ends of a range; what they share is a prefix.
func (a *app) drawRange(r ipaddr.Range) {
	s := a.Screen()
	n := r.Cover().Bits()
	if r.First.Is6() {
		s.Printf("%s%s\n%s%s\n", term.Pad("first", labelColumns), r.First.StringExpanded(), term.Pad("last", labelColumns), r.Last.StringExpanded())
	} else {
		s.Printf("%s%s\n%s%s\n", s.Paint(term.Blue, term.Pad("first", labelColumns)), a.paintBits(ipaddr.Bits(r.First, n)),
			s.Paint(term.Blue, term.Pad("last", labelColumns)), a.paintBits(ipaddr.Bits(r.Last, n)))
	}
	s.Printf("%sthey share the first %d bits: %s holds them all\n", strings.Repeat(" ", labelColumns), n, r.Cover())
}
