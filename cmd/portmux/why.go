package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/portmux"
	"onwire/wire"
	"onwire/wire/packet"

	"github.com/spf13/cobra"
)

func (a *app) whyCommand() *cobra.Command {
	var worldFile, link string
	var sum bool
	c := &cobra.Command{
		Use:   "why FILE#N | HEX[,HEX...]",
		Short: "Say who gets one packet, and why",
		Long: `Give one packet to a host and tell every step: its bytes, the sockets that were
looked at, the rule that kept or rejected each, the winner or the answer.

FILE#N is packet N of a capture; the packets before it are given to the host
first, since it may be the last of some fragments. HEX is an IP packet or an
Ethernet frame. Of several, the last is told.

The host is the demo's, 10.9.0.2/24 with three apps, or that of a world file:

  host  10.9.0.2/24  fd09::2/64
  app   game  udp  0.0.0.0:7777
  app   web   tcp  [::]:80       v6only
  app   call  udp  10.9.0.2:5004 reuse peer=10.9.0.1:6000

Options are reuse, reuseport, v6only, join=GROUP, peer=ADDR:PORT, established.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := world(worldFile)
			if err != nil {
				return err
			}
			return a.why(m, args[0], link, sum)
		},
	}
	c.Flags().StringVar(&worldFile, "world", "", "a file that describes the host and its apps")
	c.Flags().StringVar(&link, "link", "auto", "what HEX starts with: ip, ethernet or auto")
	c.Flags().BoolVar(&sum, "checksum", false, "show the sum of the transport checksum word by word")
	a.StepFlag(c)
	return c
}

// A frame is a packet with what stands before its IP header.
type frame struct {
	link  packet.LinkType
	bytes []byte
	file  string // where it comes from; "" for HEX
	n     int
}

// ip returns the IP packet of a frame, or nil where there is none. A packet
// that is not of the version which the frame announces is none: no host looks
// at it further.
func (f frame) ip() []byte {
	if f.link == packet.LinkRaw {
		return f.bytes
	}
	var p packet.Packet
	p.Parse(f.link, f.bytes)
	var version byte
	switch p.Type {
	case packet.TypeIPv4:
		version = 4
	case packet.TypeIPv6:
		version = 6
	}
	pkt := f.bytes[min(p.IP, len(f.bytes)):]
	if version == 0 || len(pkt) > 0 && pkt[0]>>4 != version {
		return nil
	}
	return pkt
}

func (a *app) why(m *portmux.Mux, arg, link string, sum bool) error {
	frames, err := framesOf(m, arg, link)
	if err != nil {
		return err
	}
	last := frames[len(frames)-1]
	for _, f := range frames[:len(frames)-1] {
		m.Deliver(f.ip())
	}
	fields, fault := packet.Dissect(last.link, last.bytes)
	pkt := last.ip()
	var v portmux.Verdict
	var steps []portmux.Step
	if pkt != nil || last.link == packet.LinkRaw {
		v, steps = m.Explain(pkt)
	}
	reply := m.AppendReply(nil, v)
	if a.JSON {
		return a.whyJSON(last, v, steps, fields, fault, reply)
	}
	s := a.Screen()
	name := "the packet"
	if last.file != "" {
		name = fmt.Sprintf("packet %d of %s", last.n, last.file)
	}
	s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("%s: %d bytes, %s", name, len(last.bytes), last.link)))
	if err := a.view(last.bytes, fields); err != nil {
		return err
	}
	if fault != nil {
		s.Printf("%s\n", s.Paint(term.Red, s.Wrap(0, "fault: "+fault.Error())))
	}
	if sum {
		a.checksum(v, pkt)
	}
	s.Printf("\n")
	a.Pause()
	a.steps(steps)
	if pkt == nil && last.link != packet.LinkRaw {
		s.Printf("no IP packet is in it; ports are not asked\n")
	}
	s.Printf("%s %s\n", s.Paint(term.Bold, "verdict:"), s.Paint(term.Bold, v.String()))
	if len(reply) > 0 {
		s.Printf("%s\n", s.Wrap(8, "answer: "+describe(reply)))
	}
	if v.Reason == portmux.NotOurs {
		fmt.Fprintf(a.Stderr, "hint: the host has %s; --world FILE describes another\n", addrs(m))
	}
	return nil
}

func addrs(m *portmux.Mux) string {
	var all []string
	for _, p := range m.Addrs() {
		all = append(all, p.Addr().String())
	}
	return strings.Join(all, ", ")
}

// framesOf reads the argument: HEX, or the packets of a capture up to number N.
func framesOf(m *portmux.Mux, arg, link string) ([]frame, error) {
	const hint = "give a packet as hex, or packet N of a capture as FILE#N"
	if link != "auto" && link != "ip" && link != "ethernet" {
		return nil, cli.Misuse("say what the hex starts with", "--link: %q is not ip, ethernet or auto", link)
	}
	if i := strings.LastIndexByte(arg, '#'); i >= 0 {
		n, err := strconv.Atoi(arg[i+1:])
		if err != nil || n < 1 {
			return nil, cli.Misuse("packets count from 1", "%q: %q is not the number of a packet", arg, arg[i+1:])
		}
		return packetOf(m, arg[:i], n)
	}
	var all []frame
	for part := range strings.SplitSeq(arg, ",") {
		b, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "", "\n", "", "\t", "").Replace(part))
		if err != nil {
			if _, stat := os.Stat(arg); stat == nil {
				return nil, cli.Misuse(hint, "%q is a file: which packet of it?", arg)
			}
			return nil, cli.Misuse(hint, "%q is not hex: %s", shorten(part), strings.TrimPrefix(err.Error(), "encoding/hex: "))
		}
		all = append(all, frame{link: linkOf(b, link), bytes: b})
	}
	return all, nil
}

func shorten(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

// linkOf decides whether hex is an IP packet or an Ethernet frame. An IP
// packet starts with its version, and its length fits; MAC addresses that look
// like this are rare.
func linkOf(b []byte, link string) packet.LinkType {
	switch {
	case link == "ethernet":
		return packet.LinkEthernet
	case link == "ip" || len(b) == 0:
		return packet.LinkRaw
	}
	known := false
	if len(b) >= 14 {
		switch uint16(b[12])<<8 | uint16(b[13]) {
		case packet.TypeIPv4, packet.TypeIPv6, packet.TypeARP, packet.TypeVLAN, packet.TypeQinQ:
			known = true
		}
	}
	switch v := b[0] >> 4; {
	case v == 4 && len(b) >= 20 && int(b[2])<<8|int(b[3]) == len(b), v == 6 && len(b) >= 40 && 40+(int(b[4])<<8|int(b[5])) == len(b):
		return packet.LinkRaw
	case known || v < 4 || v > 6:
		return packet.LinkEthernet
	}
	return packet.LinkRaw
}

// packetOf reads packet n of a capture, and gives those before it to the host.
func packetOf(m *portmux.Mux, path string, n int) ([]frame, error) {
	f, err := cli.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	capture, err := portmux.NewCapture(f)
	for err == nil {
		var b []byte
		if b, err = capture.Next(); err != nil {
			break
		}
		at := frame{capture.Link, b, path, n}
		if capture.Count == n {
			return []frame{at}, nil
		}
		if pkt := at.ip(); pkt != nil {
			m.Deliver(pkt)
		}
	}
	if err == io.EOF {
		return nil, cli.Failed(fmt.Sprintf("it has %d", capture.Count), "%q has no packet %d", path, n)
	}
	return nil, cli.Failed("captures are pcap or pcapng files", "%q: %v", path, err)
}

func (a *app) view(b []byte, fields []wire.Field) error {
	v := a.Screen().FieldView()
	v.MaxBytes = 16
	return v.Write(a.Screen(), b, fields)
}

// steps draws a look-up, one step a line.
func (a *app) steps(steps []portmux.Step) {
	s := a.Screen()
	marks := map[portmux.Result]string{portmux.Passed: "ok", portmux.Rejected: "no", portmux.Kept: "fits", portmux.Won: "yes"}
	styles := map[portmux.Result]term.Style{portmux.Rejected: term.Red, portmux.Won: term.Green, portmux.Kept: term.Yellow}
	for i, step := range steps {
		head := fmt.Sprintf("%2d %-5s", i+1, marks[step.Result])
		text := step.Rule + ": "
		if step.Rule == "candidate" && step.Socket != nil {
			text = step.Socket.String() + ": "
		}
		text += step.Note.String()
		if step.RFC != "" {
			text += " (" + step.RFC + ")"
		}
		s.Printf("%s%s\n", s.Paint(styles[step.Result], head), s.Wrap(8, text))
		a.Pause()
	}
}

// checksum does the one's complement sum of TCP, UDP or ICMP word by word.
func (a *app) checksum(v portmux.Verdict, pkt []byte) {
	var p packet.Packet
	p.ParseIP(pkt)
	s := a.Screen()
	if p.Version == 0 || p.Transport > min(p.End, len(pkt)) {
		return
	}
	seg := pkt[p.Transport:min(p.End, len(pkt))]
	if p.Proto == packet.ProtoUDP && len(seg) >= 8 {
		seg = seg[:min(len(seg), max(8, p.Length+8))]
	}
	var pseudo []byte
	switch {
	case p.Proto == packet.ProtoICMP:
	case p.Version == 4:
		pseudo = packet.PseudoHeader(pkt[12:20], p.Proto, len(seg))
	default:
		pseudo = packet.PseudoHeader(pkt[8:40], p.Proto, len(seg))
	}
	s.Printf("\nthe checksum of %s: 16-bit words, added; what falls out at the top comes\nback in at the bottom\n", packet.ProtoName(p.Proto))
	steps := packet.ChecksumSteps(pseudo, seg)
	for i, step := range steps {
		if i >= 40 && i < len(steps)-2 {
			if i == 40 {
				s.Printf("  ... %d more words\n", len(steps)-42)
			}
			continue
		}
		where, carry := fmt.Sprintf("byte %d", step.Offset), ""
		if step.Offset < 0 {
			where = "pseudo-header"
		}
		if step.Carry {
			carry = " carry"
		}
		s.Printf("  %-14s + %04x = %04x%s\n", where, step.Word, step.Sum, carry)
	}
	if n := len(steps); n > 0 {
		result := "right, since it is ffff"
		if steps[n-1].Sum != 0xffff {
			result = "wrong, since it is not ffff"
		}
		s.Printf("  the sum is %04x: %s\n", steps[n-1].Sum, result)
	}
}

// describe says in a few words what an IP packet is.
func describe(pkt []byte) string {
	var p packet.Packet
	status := p.ParseIP(pkt)
	if p.Version == 0 {
		return "broken"
	}
	from, to := p.Src(pkt), p.Dst(pkt)
	switch {
	case status == packet.OK && p.Proto == packet.ProtoTCP:
		return fmt.Sprintf("TCP %s from %s port %d to %s port %d", packet.Flags(pkt[p.Transport+13]), from, p.SrcPort, to, p.DstPort)
	case status == packet.OK:
		return fmt.Sprintf("UDP from %s port %d to %s port %d", from, p.SrcPort, to, p.DstPort)
	case len(pkt) >= p.Transport+2 && p.Proto == packet.ProtoICMP:
		return fmt.Sprintf("ICMP %s, from %s to %s", packet.ICMPName(4, pkt[p.Transport], pkt[p.Transport+1]), from, to)
	case len(pkt) >= p.Transport+2 && p.Proto == packet.ProtoICMPv6:
		return fmt.Sprintf("ICMPv6 %s, from %s to %s", packet.ICMPName(6, pkt[p.Transport], pkt[p.Transport+1]), from, to)
	}
	return fmt.Sprintf("%s from %s to %s", packet.ProtoName(p.Proto), from, to)
}
