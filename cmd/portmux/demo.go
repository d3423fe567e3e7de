package main

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/internal/term"
	"onwire/portmux"
	"onwire/wire"

	"github.com/spf13/cobra"
)

const (
	gamePort  = 7777
	videoPort = 5004
	webPort   = 80
)

// demoHost is 10.9.0.2 with a game, a video and a web server; swapped, the
// game and the video have each other's port.
func demoHost(swapped bool) (*portmux.Mux, error) {
	m, err := portmux.New("10.9.0.2/24", "fd09::2/64")
	if err != nil {
		return nil, err
	}
	game, video := gamePort, videoPort
	if swapped {
		game, video = video, game
	}
	for _, s := range []struct {
		app   string
		proto portmux.Proto
		port  int
	}{{"game", portmux.UDP, game}, {"video", portmux.UDP, video}, {"web", portmux.TCP, webPort}} {
		if _, err := m.Bind(s.app, s.proto, fmt.Sprintf(":%d", s.port)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (a *app) demoCommand() *cobra.Command {
	var sockets, onLab bool
	var flags *labcli.Flags
	c := &cobra.Command{
		Use:   "demo",
		Short: "One host, one wire, a game and a video",
		Long: `A game, a video and a web server on one host, and their packets on one wire in
memory: which app gets each packet, how the host finds it, what a port costs,
and what happens when two apps swap their ports.

With --sockets the same goes through real sockets on 127.0.0.1, where the
kernel does the look-up.

With --lab the packets come from two other hosts, all three with real TCP/IP
stacks on one wire inside this program. The wire loses, breaks, delays, copies
and swaps what it is told to.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case sockets && onLab:
				return cli.Misuse("leave one of them out", "--sockets is the kernel's network, --lab is ours")
			case onLab:
				return a.demoLab(c.Context(), flags)
			case flags.OnWire(c, "seed", "pcap"):
				return cli.Misuse("add --lab", "only frames on the lab's wire can be lost, changed, opened or paced")
			}
			if sockets && flags.Pcap != "" {
				return cli.Misuse("leave one of them out; the frames of the memory wire are what --pcap writes", "--sockets has no frames: the kernel does not show its own")
			}
			if sockets {
				return a.demoSockets(c.Context())
			}
			return a.demo(flags.Pcap, flags.Seed)
		},
	}
	c.Flags().BoolVar(&sockets, "sockets", false, "use real sockets on 127.0.0.1: the kernel is the demultiplexer")
	c.Flags().BoolVar(&onLab, "lab", false, "send real frames between hosts on the lab's wire")
	flags = labcli.AddFlags(c, a.Env)
	return c
}

// A tale is one run of packets over the wire in memory.
type tale struct {
	*app
	mux    *portmux.Mux
	frames *frameFile
	n      int
	at     time.Duration
	total  int // bytes of all packets to the host
	data   int // packets with data
	tagged int // what a tag of our own in each would have cost
}

func (a *app) demo(pcap string, seed uint64) error {
	frames, err := createFrames(a.Env, pcap)
	if err != nil {
		return err
	}
	defer frames.Close()
	m, err := demoHost(false)
	if err != nil {
		return err
	}
	epoch := time.Unix(1_700_000_000, 0)
	m.SetClock(func() time.Time { return epoch }, seed)
	s := a.Screen()
	packets := script(rand.New(rand.NewPCG(seed, 7)), m)
	t := &tale{app: a, mux: m, frames: frames}
	if !a.JSON {
		a.head("One host, 10.9.0.2, one wire, three apps")
		s.Printf("  game  UDP %d    video  UDP %d    web  TCP %d\n\n", gamePort, videoPort, webPort)
	}
	for _, p := range packets {
		if err := t.deliver(p); err != nil {
			return err
		}
	}
	example := packets[4]
	v, steps := m.Explain(example.ip)
	if a.JSON {
		if err := a.PrintJSON(map[string]any{"kind": "lookup", "verdict": v.String(), "hex": hex.EncodeToString(example.ip), "steps": stepsJSON(steps)}); err != nil {
			return err
		}
	} else {
		a.head("How the host finds the app of packet 5")
		a.steps(steps)
		s.Printf("%s\n", s.Paint(term.Bold, "verdict: "+v.String()))
		a.cost(t)
	}
	if err := a.swapped(t, packets, epoch, seed); err != nil {
		return err
	}
	if !a.JSON {
		a.predict(`Predict first, then try:
1. TCP port 7777 is free, UDP 7777 is the game's. Who answers a TCP SYN to 7777?
   go run ./cmd/portmux why 4500002800010000400666bb0a0900010a09000204571e61000003e8000013885002200041a60000
2. One bit of a move flips on the way. Does the game get it?
   go run ./cmd/portmux why 4500001e00010000401166ba0a0900010a09000204571e61000a60a46868
3. Two apps bind UDP 9000, one on [::] and one on 0.0.0.0. Who gets IPv4?
   'go run ./cmd/portmux why --help' shows how to write that host down.`)
	}
	return frames.Close()
}

func (a *app) head(text string) {
	s := a.Screen()
	if a.headed {
		s.Printf("\n")
	}
	a.headed = true
	s.Printf("%s\n", s.Paint(term.Bold, "== "+text))
}

func (a *app) predict(text string) {
	s := a.Screen()
	first, rest, _ := strings.Cut(text, "\n")
	s.Printf("\n%s\n", s.Paint(term.Bold, first))
	for line := range strings.SplitSeq(rest, "\n") {
		if !strings.HasPrefix(line, "   ") { // a command stays on one line, to be copied
			line = s.Wrap(3, line)
		}
		s.Printf("%s\n", line)
	}
}

// deliver puts a packet on the wire, shows who gets it, and lets the host
// answer.
func (t *tale) deliver(p scene) error {
	if !t.JSON {
		t.Pause()
	}
	t.n++
	t.at += p.after
	if p.accept != "" { // the handshake is over: what accept returns
		if _, err := t.mux.Connect("web", portmux.TCP, fmt.Sprintf("10.9.0.2:%d", webPort), p.accept); err != nil {
			return err
		}
	}
	v := t.mux.Deliver(p.ip)
	reply := t.mux.AppendReply(nil, v)
	t.total += len(p.ip)
	if p.app != "" {
		t.data++
		t.tagged += len(p.app) + 1
	}
	if err := t.frames.write(t.at, p.ip, true); err != nil {
		return err
	}
	if reply != nil {
		t.at += 50 * time.Microsecond
		if err := t.frames.write(t.at, reply, false); err != nil {
			return err
		}
	}
	if t.JSON {
		return t.packetJSON(p, v, reply)
	}
	t.line(p, v, reply)
	return nil
}

// line draws one packet: what it says, and where it ends.
func (t *tale) line(p scene, v portmux.Verdict, reply []byte) {
	s := t.Screen()
	left := fmt.Sprintf("%2d %s %5d > %-4d %4d B  %s", t.n, p.proto, p.from, p.to, p.size, p.what)
	column := min(44, s.Width-18)
	switch v.Kind {
	case portmux.Deliver:
		s.Printf("%s %s %s\n", term.Pad(left, column), s.Paint(term.Dim, "===>"), s.Paint(appStyle(v.App()), "["+strings.ToUpper(v.App())+"]"))
	case portmux.SynAck:
		s.Printf("%s %s %s\n", term.Pad(left, column), s.Paint(term.Dim, "===>"), s.Paint(appStyle("web"), "[WEB]"))
	default:
		s.Printf("%s %s %s\n", term.Pad(left, column), s.Paint(term.Red, "==X"), s.Paint(term.Red, "nobody"))
	}
	if reply != nil {
		s.Printf("   %s\n", s.Wrap(3, "<-- "+short(reply)))
	}
}

func appStyle(app string) term.Style {
	return map[string]term.Style{"game": term.Green, "video": term.Yellow, "web": term.Blue}[app]
}

// short is an answer without the addresses, which are always the same here.
func short(reply []byte) string {
	text := describe(reply)
	text = strings.Replace(text, ", from 10.9.0.2 to 10.9.0.1", "", 1)
	return strings.NewReplacer(" from 10.9.0.2", " from", " to 10.9.0.1", " to").Replace(text)
}

func (t *tale) packetJSON(p scene, v portmux.Verdict, reply []byte) error {
	event := wire.Event{
		T: t.at, From: fmt.Sprintf("10.9.0.1:%d", p.from), To: fmt.Sprintf("10.9.0.2:%d", p.to), Layer: p.proto,
		Label: p.what, Bytes: p.ip, Evidence: wire.Lab,
	}
	return t.PrintJSON(struct {
		Kind    string     `json:"kind"`
		N       int        `json:"n"`
		Event   wire.Event `json:"event"`
		Bytes   int        `json:"payload_bytes"`
		Verdict string     `json:"verdict"`
		App     string     `json:"app"`
		Reply   string     `json:"reply"`
	}{"packet", t.n, event, p.size, v.String(), v.App(), hex.EncodeToString(reply)})
}

// cost compares the ports with a home-made tag.
func (a *app) cost(t *tale) {
	s := a.Screen()
	a.head("What it costs")
	s.Printf("%s\n", s.Wrap(0, fmt.Sprintf("The destination port: 2 bytes in each of the %d packets, %d of %d bytes, always at the same place. "+
		"The host reads them; no app has to.", t.n, 2*t.n, t.total)))
	s.Printf("%s\n", s.Wrap(0, fmt.Sprintf("A tag of our own, such as \"game:\", in each of the %d packets with data: %d bytes. Every app would get "+
		"every packet, look for its tag, and throw the others away; two apps of one name could not be told apart, and an app that was never "+
		"taught the tag could not take part.", t.data, t.tagged)))
}

// swapped gives the game's port to the video and plays two packets again.
func (a *app) swapped(before *tale, packets []scene, epoch time.Time, seed uint64) error {
	m, err := demoHost(true)
	if err != nil {
		return err
	}
	m.SetClock(func() time.Time { return epoch }, seed)
	t := &tale{app: a, mux: m, frames: before.frames, n: before.n, at: before.at}
	s := a.Screen()
	if !a.JSON {
		a.head("Now the game and the video swap their ports")
		s.Printf("  game  UDP %d    video  UDP %d    the senders know nothing of it\n\n", videoPort, gamePort)
	}
	for _, p := range packets {
		if p.app == "game" || p.app == "video" {
			if err := t.deliver(p); err != nil {
				return err
			}
		}
		if t.n == before.n+4 {
			break
		}
	}
	if !a.JSON {
		s.Printf("\n%s\n", s.Wrap(0, "The video landed in the game. A port is a number that two sides have agreed on, and nothing in the packet says more."))
	}
	return nil
}
