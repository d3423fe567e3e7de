package main

import (
	"context"
	"fmt"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/lab"
	"onwire/portmux"
	"onwire/wire/packet"
)

// demoLab plays the demo between hosts with real TCP/IP stacks, and lets a Mux
// sort the very frames that arrive at ours.
func (a *app) demoLab(ctx context.Context, flags *labcli.Flags) error {
	hosts := []string{playerName, hostName, studioName}
	if err := flags.Check(hosts); err != nil {
		return err
	}
	if flags.PcapAt == "" {
		flags.PcapAt = hostName // the story is told from there
	}
	var d *doorman
	run, err := flags.Start(nil, lab.TCP{}, func(e lab.Event) { d.observe(e) })
	if err != nil {
		return err
	}
	defer run.Close()
	s, err := newScenery(run.Network, flags.Seed)
	if err != nil {
		return err
	}
	if d, err = newDoorman(s, flags.Seed); err != nil {
		return err
	}
	if err := s.play(ctx); err != nil {
		return cli.Failed("nothing is lost: run it again", "interrupted: %v", err)
	}
	show := &labcli.Show{Env: a.Env, Flags: flags, Hosts: hosts, Label: d.label, Head: func() {
		a.head("One host, 10.9.0.2, three apps; a player and a studio on the same wire")
		a.Screen().Printf("  game  UDP %d    video  UDP %d    web  TCP %d\n\n", gamePort, videoPort, webPort)
	}}
	if err := show.Run(ctx, run); err != nil {
		return err
	}
	if !a.JSON {
		for _, n := range flags.Hex {
			for _, came := range d.arrivals[n] {
				a.head(fmt.Sprintf("How the host finds the app of frame %d", n))
				a.steps(came.steps)
			}
		}
	}
	return a.counted(s, d, run.Recording.Frames())
}

// label adds the ports to a segment's label, and says where the frame ended.
func (d *doorman) label(f lab.Recorded) string {
	var p packet.Packet
	text := f.Label
	if p.Parse(packet.LinkEthernet, f.Bytes) == packet.OK && p.Proto == packet.ProtoTCP {
		text = fmt.Sprintf("TCP %d > %d %s", p.SrcPort, p.DstPort, text)
	}
	for _, a := range d.arrivals[f.Number] {
		text += " " + a.where()
	}
	return text
}

// where says who gets the packet.
func (a arrival) where() string {
	v := a.verdict
	switch v.Kind {
	case portmux.Deliver, portmux.SynAck:
		text := "=> " + strings.ToUpper(v.App())
		if a.waiting > 1 {
			text += fmt.Sprintf(", %d in its queue", a.waiting)
		}
		return text
	case portmux.Held:
		return "=> held"
	case portmux.Reset, portmux.ICMP:
		return "=> nobody"
	}
	return "=> dropped: " + v.Reason.String()
}

// counted compares what the Mux delivered with what the apps have read.
func (a *app) counted(s *scenery, d *doorman, frames []lab.Recorded) error {
	unit := map[string]string{"game": "datagrams", "video": "datagrams", "web": "bytes"}
	rows := [][]string{{"app", "came by its port", "the app has read"}}
	for _, app := range []string{"game", "video", "web"} {
		if a.JSON {
			line := map[string]any{"kind": "app", "app": app, "delivered": d.delivered[app], "read": s.taken(app), "unit": unit[app]}
			if err := a.PrintJSON(line); err != nil {
				return err
			}
		}
		came := fmt.Sprintf("%d datagrams", d.delivered[app])
		if app == "web" {
			came = fmt.Sprintf("%d with data", d.delivered[app])
		}
		rows = append(rows, []string{app, came, fmt.Sprintf("%d %s", s.taken(app), unit[app])})
	}
	if a.JSON {
		return nil
	}
	a.head("Who got what")
	screen := a.Screen()
	screen.Table(rows)
	gone, again := 0, 0
	sent := map[string]bool{} // segments, by ports and sequence number
	for _, f := range frames {
		if f.Layer == "UDP" && f.To == hostName && f.Verdict.Lost {
			gone++
		}
		// The names of f.Is are those of our host, who has not seen what was lost.
		var p packet.Packet
		if p.Parse(packet.LinkEthernet, f.Bytes) == packet.OK && p.Proto == packet.ProtoTCP && !strings.HasPrefix(f.Label, "ACK") && !strings.HasPrefix(f.Label, "RST") {
			key := f.From + string(f.Bytes[p.Transport:p.Transport+8])
			if sent[key] {
				again++
			}
			sent[key] = true
		}
	}
	if gone > 0 {
		screen.Printf("%s\n", screen.Wrap(0, fmt.Sprintf("Lost for good: %d UDP. Nobody sends a datagram again; the app has to live without it.", gone)))
	}
	if again > 0 {
		screen.Printf("%s\n", screen.Wrap(0, fmt.Sprintf("Sent again: %d TCP. The sender keeps every byte until it is acknowledged, so the app misses none.", again)))
	}
	a.predict(`Predict first, then try:
1. A video datagram is lost. Does it come again? And the request of the browser?
   go run ./cmd/portmux demo --lab --lose "udp 2" --lose "data 1"
2. The same bit of a move and of the request is broken. Who notices?
   go run ./cmd/portmux demo --lab --break "udp 1" --break "data 1"
3. The wire takes 576 bytes. Which piece of a video has a port?
   go run ./cmd/portmux demo --lab --mtu 576`)
	return nil
}
