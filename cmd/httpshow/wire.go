package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"onwire/httpmsg"
	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/internal/term"
	"onwire/lab"
	"onwire/wire"
	"onwire/wire/packet"
)

// labWait bounds a scene, on the lab's clock. TCP itself gives up on a segment
// after some minutes; a client does not wait that long. A slow wire has the
// time that its frames take, of which no scene waits for more than slowest.
const (
	labWait = 2 * time.Minute
	slowest = 100
)

var demoHosts = []string{"client", "server"}

// onWire plays a scene between two hosts on a wire of the lab. ended is why it
// ended early, if it did; failed says that it was not played.
func (a *app) onWire(ctx context.Context, sc scene, f *labcli.Flags) (st *story, ended, failed error) {
	run, err := f.Start(nil, lab.TCP{})
	if err != nil {
		return nil, nil, err
	}
	defer run.Close()
	defer context.AfterFunc(ctx, func() { run.Close() })()
	st = &story{app: a, Run: run, scene: sc.name}
	for i, h := range []**lab.Host{&st.client, &st.server} {
		*h, err = run.Host(demoHosts[i], netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24))
		if err != nil {
			return nil, nil, cli.Misuse("'--help' lists what the wire can be", "%v", err)
		}
	}
	l, err := st.server.Listen("tcp", ":80")
	if err != nil {
		return nil, nil, err
	}
	tokens := 0
	srv := &server.Server{
		Clock: st.server,
		Handler: notes.New(notes.Options{Now: st.server.Now, NewToken: func() string {
			tokens++
			return fmt.Sprintf("demo-token-%d", tokens)
		}}).Handle,
	}
	serving := make(chan struct{})
	go func() {
		defer close(serving)
		srv.Serve(l) // ends with Close
	}()
	playing, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	wait := labWait + slowest*f.Latency
	stop := st.client.AfterFunc(wait, func() { cancel(fmt.Errorf("no answer within %v of the lab's time", wait)) })
	st.ctx = playing
	ended = sc.play(st)
	stop()
	st.client.Sleep(time.Second) // the last FIN and its ACK
	srv.Close()
	<-serving
	run.Close()
	if ctx.Err() != nil {
		return nil, nil, cli.Failed("nothing is lost: run it again", "interrupted")
	}
	if run.Err() != nil {
		ended = run.Err()
	}
	return st, ended, nil
}

// ladder draws what carried the messages, frame by frame, and opens the frames
// of --hex.
func (st *story) ladder(ctx context.Context, o *demoOptions) error {
	show := &labcli.Show{
		Env: st.Env, Flags: o.wire, Scene: st.scene, Hosts: demoHosts, Ideas: &o.ideas,
		NoLadder: !o.frames, Label: httpLabel, Fields: httpFields,
	}
	if st.JSON && !o.frames && o.wire.Pcap == "" && len(o.wire.Hex) == 0 {
		return nil // a Show would print every frame
	}
	if o.frames && !st.JSON {
		st.Screen().Printf("  The frames beneath:\n")
	}
	return show.Run(ctx, st.Run)
}

// httpIn returns the payload of a TCP segment, where it is, and the whole
// messages at its start.
func httpIn(frame []byte) (at int, messages []*httpmsg.Message) {
	var p packet.Packet
	if p.Parse(packet.LinkEthernet, frame) != packet.OK || p.Proto != packet.ProtoTCP || p.Length == 0 {
		return 0, nil
	}
	for b := frame[p.Payload : p.Payload+p.Length]; len(b) > 0; {
		m, err := httpmsg.Parse(b, httpmsg.Limits{})
		if err != nil {
			break
		}
		messages = append(messages, m)
		b = m.Rest()
	}
	return p.Payload, messages
}

// httpLabel adds to a segment's label what it says in HTTP.
func httpLabel(f lab.Recorded) string {
	_, list := httpIn(f.Bytes)
	if len(list) == 0 {
		return ""
	}
	m := list[0]
	text := strings.TrimSpace(m.Text(m.Start))
	text = strings.TrimSuffix(strings.TrimPrefix(text, "HTTP/1.1 "), " HTTP/1.1")
	if len(list) > 1 {
		text += fmt.Sprintf(" and %d more", len(list)-1)
	}
	return f.Label + ": " + visible(text)
}

// httpFields names every byte of a frame, the messages inside it too.
func httpFields(f lab.Recorded) []wire.Field {
	fields, _ := packet.Dissect(packet.LinkEthernet, f.Bytes) // our stacks' frames are whole
	at, list := httpIn(f.Bytes)
	if len(list) == 0 {
		return fields
	}
	last := &fields[len(fields)-1]
	if last.Bit != at*8 { // padding after it
		return fields
	}
	for _, m := range list {
		whole := *m
		whole.Raw = m.Raw[:m.End]
		parts := wire.Shift(whole.Fields(), at*8)
		last.Fields = append(last.Fields, wire.Field{Name: "HTTP " + m.Kind.String(), Bit: at * 8, Bits: m.End * 8, Value: term.Count(m.End, "byte"), RFC: "RFC 9112 2", Fields: parts})
		at += m.End
	}
	if rest := last.End() - at*8; rest > 0 {
		last.Fields = append(last.Fields, wire.Field{Name: "Data", Bit: at * 8, Bits: rest, Value: term.Count(rest/8, "byte")})
	}
	return fields
}

// A tally is what some connections cost, counted from the frames that the wire
// carried.
type tally struct {
	handshakes  int // answered by SYN-ACK: a round trip of TCP each
	turns       int // the client asked and waited: a round trip of HTTP each
	frames      int
	bytes       int // of the frames
	first, last time.Duration
}

func (t tally) trips() int { return t.handshakes + t.turns }

// count goes through the frames of the connections from these ports of the
// client's. A round trip is something that the client sent and the first thing
// that the server sent back after it had come: a SYN-ACK, or data.
func (st *story) count(ports map[uint16]bool) tally {
	type waits struct{ opening, asked bool }
	var t tally
	side := make(map[uint16]*waits)
	for _, f := range st.Recording.Frames() {
		var p packet.Packet
		if p.Parse(packet.LinkEthernet, f.Bytes) != packet.OK || p.Proto != packet.ProtoTCP {
			continue
		}
		port := p.SrcPort
		if f.From == "server" {
			port = p.DstPort
		}
		if !ports[port] {
			continue
		}
		if t.frames++; t.frames == 1 {
			t.first = f.Sent
		}
		t.bytes += len(f.Bytes)
		w := side[port]
		if w == nil {
			w = new(waits)
			side[port] = w
		}
		opens := packet.Flags(f.Bytes[p.Transport+13])&packet.SYN != 0
		switch {
		case f.From == "client":
			w.opening = w.opening || opens
			w.asked = w.asked || p.Length > 0
		case len(f.Arrived) == 0:
		case opens && w.opening:
			w.opening = false
			t.handshakes++
			t.last = f.Arrived[0]
		case p.Length > 0:
			if w.asked {
				w.asked = false
				t.turns++
			}
			t.last = max(t.last, f.Arrived[0])
		}
	}
	return t
}

// failure is what a scene that ended early says.
func (st *story) failure(o *demoOptions, ended error) error {
	hint := "the flags asked for it: ask for less"
	if !o.frames {
		hint = "--frames shows what the wire did"
	}
	return cli.Failed(hint, "scene %s ended early: %v", st.scene, cli.NetCause(ended))
}
