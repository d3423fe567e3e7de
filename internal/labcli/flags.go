// Package labcli is what the demos on the lab's wire share: the flags for
// faults and captures, and the ladder that they draw. It stands beside cli so
// that commands without a lab do not build one.
package labcli

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"onwire/internal/cli"
	"onwire/lab"

	"github.com/spf13/cobra"
)

// Flags are the flags of a demo on the lab's wire.
type Flags struct {
	faults  [5][]string // by verb, in the order of lab.Verbs
	MTU     int
	Latency time.Duration
	Seed    uint64
	Pace    float64
	Hex     []int
	Pcap    string
	PcapAt  string

	env *cli.Env
}

// AddFlags gives a command the flags of the wire, with --step.
func AddFlags(c *cobra.Command, env *cli.Env) *Flags {
	f := &Flags{env: env}
	fl := c.Flags()
	for i, v := range lab.Verbs {
		fl.StringArrayVar(&f.faults[i], v.Name, nil, v.Does+examples[v.Name])
	}
	fl.IntVar(&f.MTU, "mtu", 1500, "the largest IP packet on the wire, in bytes")
	fl.DurationVar(&f.Latency, "latency", 10*time.Millisecond, "how long a frame travels")
	fl.Uint64Var(&f.Seed, "seed", 1, "another seed, another run; the same seed, the same run")
	fl.Float64Var(&f.Pace, "pace", 0, "draw at this pace: 1 is real time, 10 slow motion, 0 at once")
	fl.IntSliceVar(&f.Hex, "hex", nil, "open the frame with this number, field by field")
	fl.StringVar(&f.Pcap, "pcap", "", "write the frames to this file (pcapng, for Wireshark); - is stdout, without the screen")
	fl.StringVar(&f.PcapAt, "pcap-at", "", "the host at whose interface they are seen (the one that sends the first data)")
	env.StepFlag(c)
	return f
}

var examples = map[string]string{
	"lose":  `: "data 2", "syn", 20%, or a frame's number`,
	"break": `: "data 1", "5 bit 300"`,
	"delay": `: 80ms, "data 2 by 80ms"`,
	"dup":   `: "data 2 from client"`,
	"swap":  `: "data 2"`,
}

const ruleHint = `say which frames: 5 (a number on the screen), "data 2", "syn 1-3", 20%, "ack from server"; kinds are `

// Rules returns the faults that the user asked for.
func (f *Flags) Rules() ([]lab.Rule, error) {
	var rules []lab.Rule
	for i, words := range f.faults {
		for _, w := range words {
			r, err := lab.ParseRule(lab.Verbs[i].Name, w)
			if err != nil {
				return nil, cli.Misuse(ruleHint+strings.Join(lab.Kinds, ", "), "--%v", err)
			}
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// OnWire reports whether the user asked for something that only a wire of the
// lab can do. The flags in but do not count: the command has them without it.
func (f *Flags) OnWire(c *cobra.Command, but ...string) bool {
	names := []string{"mtu", "latency", "seed", "pace", "hex", "pcap", "pcap-at"}
	for _, v := range lab.Verbs {
		names = append(names, v.Name)
	}
	return slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(but, name) && c.Flags().Changed(name) })
}

// maxFrames bounds a demo: a rule may make two hosts talk for very long.
const maxFrames = 20000

// maxPace bounds the slow motion of --pace.
const maxPace = 1000

// A Run is one play on a network: the hosts, what was said, and the frames.
type Run struct {
	*lab.Network
	Recording lab.Recording

	mu   sync.Mutex
	said []said
}

// said is something that a program on a host did.
type said struct {
	at     time.Duration
	frames int // that had been sent before
	host   string
	text   string
}

// Check refuses rules that speak of hosts which are not there, and prepares for
// a capture on stdout.
func (f *Flags) Check(hosts []string) error {
	rules, err := f.Rules()
	if err != nil {
		return err
	}
	for _, r := range rules {
		if from := r.From(); from != "" && !slices.Contains(hosts, from) {
			return cli.Misuse("the hosts are "+strings.Join(hosts, ", "), "--%v: there is no host %q", r, from)
		}
	}
	if !(f.Pace >= 0 && f.Pace <= maxPace) {
		return cli.Misuse("1 is real time, 10 slow motion, 0 at once", "--pace %v: want 0 to %d", f.Pace, maxPace)
	}
	if f.PcapAt != "" && !slices.Contains(hosts, f.PcapAt) {
		return cli.Misuse("--pcap-at is "+strings.Join(hosts, ", "), "%q is no host of this demo", f.PcapAt)
	}
	return PcapOnStdout(f.env, f.Pcap)
}

// Start makes a network with the user's flags, the scene's own faults before
// the user's. Close it when the play is over. watch, if any, are told of every
// frame beside the Recording.
func (f *Flags) Start(own []lab.Rule, tcp lab.TCP, watch ...func(lab.Event)) (*Run, error) {
	rules, err := f.Rules()
	if err != nil {
		return nil, err
	}
	r := &Run{Recording: lab.Recording{At: f.PcapAt}}
	r.Network, err = lab.New(lab.Config{
		Seed:    f.Seed,
		Latency: f.Latency,
		MTU:     f.MTU,
		Rules:   append(own[:len(own):len(own)], rules...),
		TCP:     tcp,
		Observe: func(e lab.Event) {
			r.Recording.Observe(e)
			for _, tell := range watch {
				tell(e)
			}
		},
		Frames: maxFrames,
	})
	if err != nil {
		return nil, cli.Misuse("'--help' tells what the wire can be", "%v", err)
	}
	return r, nil
}

// Say notes what a program on a host does, between the frames.
func (r *Run) Say(h *lab.Host, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, said{r.Elapsed(), r.Frames(), h.Name(), fmt.Sprintf(format, args...)})
}
