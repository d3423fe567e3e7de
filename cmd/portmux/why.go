package main

import (
	"fmt"
	"strings"

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
		Short: "Say which app gets one packet, and why",
		Long: `Give one packet to a host and show every step: its bytes, the sockets that were
looked at, the rule that kept or rejected each, the winner or the answer.

FILE#N is packet N of a capture; the packets before it are given to the host
first, since it may be the last of some fragments. HEX is an IP packet or an
Ethernet frame. Of several, the last is shown.

What a capture has not kept of a packet is not judged. What the sender has left
to its network card (offload) is named, and judged as the card sends it.

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

func (a *app) why(m *portmux.Mux, arg, link string, sum bool) error {
	frames, err := framesOf(m, arg, link)
	if err != nil {
		return err
	}
	last := frames[len(frames)-1]
	for _, f := range frames[:len(frames)-1] {
		pkt, _ := f.ip()
		m.Deliver(pkt)
	}
	fields, fault := packet.DissectRecord(last.link, last.bytes, last.length)
	pkt, length := last.ip()
	sent, left := packet.FillIn(pkt, length) // what was left to the card is judged as the card sends it
	if last.file == "" && (left.Header || left.Segments) {
		sent, left = pkt, packet.Offload{} // hex is what a wire brings: only a capture shows what comes before the card
	}
	var v portmux.Verdict
	var steps []portmux.Step
	none := ""
	switch {
	case pkt != nil || last.link == packet.LinkRaw:
		v, steps = m.ExplainRecord(sent, max(length-len(pkt)+len(sent), len(sent)))
	default:
		if none = last.unread(); none != "" {
			v.Kind = portmux.Unknown
		}
	}
	if v.Kind == portmux.Unknown && none == "" {
		none = last.cut() + "; no verdict on what was cut"
	}
	reply := m.AppendReply(nil, v)
	if a.JSON {
		return a.whyJSON(last, v, steps, fields, fault, reply, left, none)
	}
	s := a.Screen()
	name := "the packet"
	if last.file != "" {
		name = fmt.Sprintf("packet %d of %s", last.n, wire.Escape(last.file))
	}
	size := fmt.Sprintf("%d bytes", len(last.bytes))
	if cut := last.cut(); cut != "" {
		size = cut
	}
	s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("%s: %s, %s", name, size, last.link)))
	if err := a.view(last.bytes, fields); err != nil {
		return err
	}
	if fault != nil {
		s.Printf("%s\n", s.Paint(term.Red, s.Wrap(0, "fault: "+fault.Error())))
	}
	for _, text := range offload(left, length, joined(last.link, left, pkt, length)) {
		s.Printf("%s\n", s.Paint(term.Yellow, s.Wrap(0, "offload: "+text)))
	}
	if sum {
		a.checksum(pkt, length, left.Transport)
	}
	s.Printf("\n")
	a.Pause()
	a.steps(steps)
	if pkt == nil && last.link != packet.LinkRaw && none == "" {
		s.Printf("no IP packet is in it; ports are not asked\n")
	}
	verdict := v.String()
	if v.Kind == portmux.Unknown {
		verdict = s.Wrap(9, "none: "+none)
	}
	s.Printf("%s %s\n", s.Paint(term.Bold, "verdict:"), s.Paint(term.Bold, wire.Escape(verdict)))
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

func (a *app) view(b []byte, fields []wire.Field) error {
	v := a.Screen().FieldView()
	v.MaxBytes = 16
	return v.Write(a.Screen(), b, fields)
}

// steps draws a look-up, one step a line.
func (a *app) steps(steps []portmux.Step) {
	s := a.Screen()
	marks := map[portmux.Result]string{portmux.Passed: "ok", portmux.Rejected: "no", portmux.Kept: "fits", portmux.Won: "yes", portmux.Undecided: "?"}
	styles := map[portmux.Result]term.Style{portmux.Rejected: term.Red, portmux.Won: term.Green, portmux.Kept: term.Yellow, portmux.Undecided: term.Yellow}
	for i, step := range steps {
		head := fmt.Sprintf("%2d %-5s", i+1, marks[step.Result])
		text := step.Rule + ": "
		if step.Rule == "candidate" && step.Socket != nil {
			text = wire.Escape(step.Socket.String()) + ": "
		}
		text += wire.Escape(step.Note.String())
		if step.RFC != "" {
			text += " (" + step.RFC + ")"
		}
		s.Printf("%s%s\n", s.Paint(styles[step.Result], head), s.Wrap(8, text))
		a.Pause()
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
