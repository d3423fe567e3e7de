package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"time"

	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/portmux"
	"onwire/wire/packet"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

var (
	peer = netip.MustParseAddr("10.9.0.1")
	self = netip.MustParseAddr("10.9.0.2")
)

// A scene is one packet of the demo, from the other host to ours.
type scene struct {
	ip       []byte
	proto    string
	from, to uint16
	size     int    // bytes of payload
	what     string // what it says
	app      string // whose data it is; "" for what no app sees
	after    time.Duration
	accept   string // the connection that stands from this packet on
}

// script makes the packets of the demo: a game that sends small moves often, a
// video that sends large pieces, a browser, and two mistakes.
func script(r *rand.Rand, m *portmux.Mux) []scene {
	var all []scene
	id := uint16(0)
	ip := func(proto uint8, segment []byte) []byte {
		id++
		return packet.IPv4{ID: id, DontFragment: true, Proto: proto, Src: peer, Dst: self}.Append(nil, segment)
	}
	udp := func(from, to uint16, app, what string, payload []byte) {
		all = append(all, scene{
			ip: ip(packet.ProtoUDP, packet.UDP{SrcPort: from, DstPort: to}.Append(nil, peer, self, payload)), proto: "UDP",
			from: from, to: to, size: len(payload), what: what, app: app, after: time.Duration(1+r.IntN(20)) * time.Millisecond,
		})
	}
	const browser = 50000
	seq, ack := uint32(1000), uint32(0)
	tcp := func(to uint16, flags packet.Flags, app, what, payload string) {
		h := packet.TCP{SrcPort: browser, DstPort: to, Seq: seq, Ack: ack, Flags: flags, Window: 64240}
		all = append(all, scene{
			ip: ip(packet.ProtoTCP, h.Append(nil, peer, self, []byte(payload))), proto: "TCP",
			from: browser, to: to, size: len(payload), what: what, app: app, after: time.Duration(1+r.IntN(20)) * time.Millisecond,
		})
	}
	moves := []string{"up", "down", "left", "right", "jump", "fire"}
	tick := 0
	move := func() {
		tick++
		text := fmt.Sprintf("tick=%d move=%s x=%d y=%d", tick, moves[r.IntN(len(moves))], r.IntN(640), r.IntN(480))
		udp(6001, gamePort, "game", "move", []byte(text))
	}
	frame := 0
	video := func() {
		frame++
		piece := make([]byte, 1100+r.IntN(200))
		for i := range piece {
			piece[i] = byte(r.Uint32())
		}
		udp(6000, videoPort, "video", fmt.Sprintf("frame %d", frame), piece)
	}
	video()
	move()
	tcp(webPort, packet.SYN, "", "SYN", "")
	// What the host will answer; the ACK has to fit it.
	answer := m.AppendReply(nil, m.Deliver(all[len(all)-1].ip))
	seq, ack = seq+1, be32(answer[24:])+1
	tcp(webPort, packet.ACK, "", "ACK", "")
	all[len(all)-1].accept = fmt.Sprintf("%s:%d", peer, browser)
	move()
	video()
	tcp(webPort, packet.ACK|packet.PSH, "web", "GET /", "GET / HTTP/1.1\r\nHost: 10.9.0.2\r\n\r\n")
	move()
	udp(6001, gamePort+1, "", "a wrong port", []byte("tick=0"))
	video()
	tcp(webPort+1, packet.SYN, "", "SYN", "")
	move()
	return all
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// A frameFile is the pcapng file of --pcap; the nil one writes nothing.
type frameFile struct {
	file io.WriteCloser
	out  *pcapgo.NgWriter
}

func createFrames(env *cli.Env, path string) (*frameFile, error) {
	if path == "" {
		return nil, nil
	}
	if err := labcli.PcapOnStdout(env, path); err != nil {
		return nil, err
	}
	file, err := labcli.CreatePcap(env, path)
	if err != nil {
		return nil, err
	}
	out, err := pcapgo.NewNgWriter(file, layers.LinkTypeEthernet)
	if err != nil {
		file.Close()
		return nil, full(err)
	}
	return &frameFile{file, out}, nil
}

func full(err error) error {
	return cli.Failed("free some space, or write elsewhere; the capture ends with a whole frame", "--pcap: %v", cli.Cause(err))
}

// write puts an IP packet into a frame and the frame into the file.
func (f *frameFile) write(at time.Duration, ip []byte, in bool) error {
	if f == nil {
		return nil
	}
	h := packet.Ethernet{Dst: [6]byte{2, 5: 2}, Src: [6]byte{2, 5: 1}, Type: packet.TypeIPv4}
	if !in {
		h.Dst, h.Src = h.Src, h.Dst
	}
	b := h.Append(nil, ip)
	epoch := time.Unix(1_700_000_000, 0)
	err := f.out.WritePacket(gopacket.CaptureInfo{Timestamp: epoch.Add(at), CaptureLength: len(b), Length: len(b)}, b)
	if err == nil {
		err = f.out.Flush() // a whole block at a time
	}
	if err != nil {
		return full(err)
	}
	return nil
}

// Close writes what is left. It may be called again.
func (f *frameFile) Close() error {
	if f == nil || f.file == nil {
		return nil
	}
	err := f.out.Flush()
	if e := f.file.Close(); err == nil {
		err = e
	}
	f.file = nil
	if err != nil {
		return full(err)
	}
	return nil
}
