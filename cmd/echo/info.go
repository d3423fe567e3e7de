package main

import (
	"fmt"
	"net"
	"time"

	"onwire/tcpecho"
	"onwire/wire"
)

// An infoRecord is what the kernel says about a connection.
type infoRecord struct {
	Evidence wire.Evidence `json:"evidence"`
	State    string        `json:"state"`
	RTT      int64         `json:"rtt_us"`
	RTTVar   int64         `json:"rttvar_us"`
	Cwnd     int64         `json:"cwnd"`
	MSS      int64         `json:"mss"`
	Retrans  int64         `json:"retransmissions"`
	Out      int64         `json:"data_segments_out"`
	In       int64         `json:"data_segments_in"`
	Unacked  int64         `json:"unacked"`
	Error    string        `json:"error"`
}

func readInfo(nc net.Conn) *infoRecord {
	k, err := tcpecho.ReadInfo(nc)
	if err != nil {
		return &infoRecord{Evidence: wire.Kernel, Error: err.Error()}
	}
	return &infoRecord{wire.Kernel, k.State, k.RTT.Microseconds(), k.RTTVar.Microseconds(), k.Cwnd, k.MSS,
		k.Retransmissions, k.DataSegmentsOut, k.DataSegmentsIn, k.Unacked, ""}
}

// stateMeans says what a state of RFC 9293 3.3.2 means for our side.
var stateMeans = map[string]string{
	"ESTABLISHED": ": both directions are open",
	"FIN-WAIT-1":  ": our FIN is sent, and not yet acknowledged",
	"FIN-WAIT-2":  ": our FIN is acknowledged; the peer may still send",
	"CLOSE-WAIT":  ": the peer has sent its FIN; we may still send",
	"CLOSED":      ": both FINs have come and gone; our program's part is over",
}

func (a *app) infoScreen(r *infoRecord) {
	s := a.Screen()
	if r.Error != "" {
		s.Printf("\nTCP_INFO: not available on this system (%s)\n", r.Error)
		return
	}
	us := func(n int64) string { return micros(time.Duration(n) * time.Microsecond) }
	s.Printf("\nTCP_INFO, evidence: kernel\n")
	rows := [][]string{nil,
		{"state", r.State + stateMeans[r.State]},
		{"rtt", fmt.Sprintf("%s, varies by %s (RFC 6298)", us(r.RTT), us(r.RTTVar))},
		{"cwnd", fmt.Sprintf("%d segments of %d bytes may be under way (RFC 5681)", r.Cwnd, r.MSS)},
		{"retransmissions", fmt.Sprint(r.Retrans)},
	}
	if r.Out >= 0 {
		rows = append(rows, []string{"data segments", fmt.Sprintf("%d sent, %d received", r.Out, r.In)})
	}
	s.Table(rows)
}
