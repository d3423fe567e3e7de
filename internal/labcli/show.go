package labcli

import (
	"context"
	"fmt"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/lab"
	"onwire/wire"
	"onwire/wire/packet"
)

// A Show draws a Run, or prints it as JSON.
type Show struct {
	Env   *cli.Env
	Flags *Flags
	Scene string // for JSON
	Hosts []string
	Ideas *Ideas // the sentences that were said already

	// Head draws what stands above all, once nothing can be wrong any more.
	// Nothing where nil.
	Head func()

	// NoFrames draws what the programs did, and not the frames: they would be
	// too many to read. NoLadder draws neither.
	NoFrames, NoLadder bool

	// Label gives a frame another label than its own; "" keeps it.
	Label func(lab.Recorded) string
	// Fields opens what is inside a payload; nil leaves it as data.
	Fields func(lab.Recorded) []wire.Field
}

// Run shows all of the run: the ladder, the frames of --hex, the capture.
func (sh *Show) Run(ctx context.Context, r *Run) error {
	if err := WritePcap(sh.Env, sh.Flags.Pcap, &r.Recording); err != nil {
		return err // at once, and not after all that is shown
	}
	frames := r.Recording.Frames()
	for _, n := range sh.Flags.Hex {
		if n < 1 || n > len(frames) {
			return cli.Misuse("the ladder numbers them, from 1", "--hex: there is no frame %d; %d were sent", n, len(frames))
		}
	}
	if sh.Env.JSON {
		for _, rule := range r.Idle() {
			fmt.Fprintf(sh.Env.Stderr, "note: no frame was hit by %q\n", rule)
		}
		return sh.json(r, frames)
	}
	if sh.Head != nil {
		sh.Head()
	}
	switch {
	case sh.NoFrames:
		for _, sd := range r.said {
			sh.speech(sd)
		}
	case !sh.NoLadder:
		if err := sh.ladder(ctx, r, frames); err != nil {
			return err
		}
	}
	for _, rule := range r.Idle() {
		sh.Env.Screen().Printf("  %s\n", sh.Env.Screen().Wrap(2, fmt.Sprintf("No frame was hit by %q.", rule)))
	}
	for _, n := range sh.Flags.Hex {
		sh.Open(frames[n-1])
	}
	if r.Err() != nil {
		sh.Env.Screen().Printf("  %s\n", sh.Env.Screen().Wrap(2, "Here the wire was cut: a demo ends after so many frames."))
	}
	return nil
}

// Open draws every field of a frame, as it arrived if a bit was turned over.
func (sh *Show) Open(f lab.Recorded) {
	s := sh.Env.Screen()
	b, how := f.Bytes, "as it was sent"
	switch len(f.Verdict.Bits) {
	case 0:
	case 1:
		b, how = f.Delivered(), "as it arrived, one bit turned over"
	default:
		b, how = f.Delivered(), fmt.Sprintf("as it arrived, %d bits turned over", len(f.Verdict.Bits))
	}
	fields, fault := packet.Dissect(packet.LinkEthernet, b)
	if sh.Fields != nil && len(f.Verdict.Bits) == 0 {
		fields = sh.Fields(f)
	}
	s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, titleOf(f, how))))
	view := s.FieldView()
	view.Notes = true
	if err := view.Write(s.Writer, b, fields); err == nil && fault != nil {
		s.Printf("%s\n", s.Paint(term.Red, s.Wrap(0, fault.Error())))
	}
}

// pause lets the time between two frames pass, at the pace that was asked for.
func (sh *Show) pause(ctx context.Context, d time.Duration) error {
	if ctx.Err() == nil && sh.Flags.Pace > 0 && d > 0 {
		select {
		case <-time.After(time.Duration(float64(d) * sh.Flags.Pace)):
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return cli.Failed("nothing is lost: run it again", "interrupted")
	}
	return nil
}
