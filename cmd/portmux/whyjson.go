package main

import (
	"cmp"
	"encoding/hex"
	"fmt"

	"onwire/portmux"
	"onwire/wire"
	"onwire/wire/packet"
)

type stepJSON struct {
	Rule   string    `json:"rule"`
	Socket string    `json:"socket"`
	Result string    `json:"result"`
	Note   wire.Note `json:"note"`
	RFC    string    `json:"rfc"`
}

func stepsJSON(steps []portmux.Step) []stepJSON {
	all := []stepJSON{}
	for _, s := range steps {
		j := stepJSON{Rule: s.Rule, Result: s.Result.String(), Note: s.Note, RFC: s.RFC}
		if s.Socket != nil {
			j.Socket = s.Socket.String()
		}
		all = append(all, j)
	}
	return all
}

func (a *app) whyJSON(f frame, v portmux.Verdict, steps []portmux.Step, fields []wire.Field, fault error, reply []byte, left packet.Offload, none string) error {
	if fields == nil {
		fields = []wire.Field{}
	}
	told := ""
	if fault != nil {
		told = fault.Error()
	}
	verdict := v.String()
	if f.link == packet.LinkEthernet && f.file == "" {
		verdict = flowVerdict(f)
	}
	return a.PrintJSON(struct {
		Verdict     string       `json:"verdict"`
		HostVerdict string       `json:"host_verdict"`
		Reason      string       `json:"reason"`
		RFC         string       `json:"rfc"`
		App         string       `json:"app"`
		Chosen      string       `json:"chosen"`
		Link        string       `json:"link"`
		Hex         string       `json:"hex"`
		Length      int          `json:"length"` // on the wire; hex may be only the beginning
		Offload     []string     `json:"offload"`
		Payload     string       `json:"payload"`
		Reply       string       `json:"reply"`
		Fault       string       `json:"fault"`
		Steps       []stepJSON   `json:"steps"`
		Fields      []wire.Field `json:"fields"`
	}{verdict, v.String(), cmp.Or(v.Reason.String(), none), v.RFC(), v.App(), chosen(v), f.link.String(), hex.EncodeToString(f.bytes), f.length, offloaded(f, left),
		hex.EncodeToString(v.Payload), hex.EncodeToString(reply), told, stepsJSON(steps), fields})
}

// offloaded names what was left to the network card.
func offloaded(f frame, left packet.Offload) []string {
	pkt, length := f.ip()
	all := []string{}
	for _, o := range []struct {
		left bool
		name string
	}{{left.Segments, "segmentation"}, {joined(f.link, left, pkt, length), "larger than a frame"}, {left.Header, "header checksum"}, {left.Transport, "transport checksum"}} {
		if o.left {
			all = append(all, o.name)
		}
	}
	return all
}

// chosen is the member of a SO_REUSEPORT group that the hash chose.
func chosen(v portmux.Verdict) string {
	if v.Group() == nil {
		return ""
	}
	return v.Socket.App
}

// flowVerdict is what the dissector says of an Ethernet frame, whatever the
// host: flow:PROTO SPORT>DPORT, short, bad or other. Where the frame goes on
// after the packet, it says how much of it is payload.
func flowVerdict(f frame) string {
	var p packet.Packet
	switch p.Parse(f.link, f.bytes) {
	case packet.Short:
		return "short"
	case packet.Bad:
		return "bad"
	case packet.OK:
		if p.End > len(f.bytes) {
			return "short"
		}
		text := fmt.Sprintf("flow:%s %d>%d", portmux.Proto(p.Proto), p.SrcPort, p.DstPort)
		if p.End < len(f.bytes) {
			text += fmt.Sprintf(" payload=%d", p.Length)
		}
		return text
	}
	return "other"
}
