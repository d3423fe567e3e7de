package portmux

import "onwire/wire"

// A Step is one step of a look-up: a rule that the packet met, or a socket
// that was looked at.
type Step struct {
	Rule   string    // "destination", "checksum", "candidate", ...
	Socket *Socket   // the candidate, where the step is about one
	Result Result    // how it ended
	Note   wire.Note // why
	RFC    string
}

// A Result is how a Step ended.
type Result uint8

const (
	Passed    Result = iota // the look-up goes on
	Rejected                // this candidate is out, or the packet is
	Kept                    // this candidate could have it
	Won                     // this is who gets it, or what the host does
	Undecided               // a capture has not kept what would decide
)

func (r Result) String() string {
	return [...]string{"passed", "rejected", "kept", "won", "undecided"}[r]
}

// A trace collects steps; the nil trace collects none, and costs Deliver one
// comparison a step.
type trace struct{ steps []Step }

func (t *trace) pass(rule, rfc, format string, args ...any) {
	t.steps = append(t.steps, Step{Rule: rule, Note: wire.Notef(format, args...), RFC: rfc})
}

func (t *trace) candidate(s *Socket, r Result, format string, args ...any) {
	t.steps = append(t.steps, Step{Rule: "candidate", Socket: s, Result: r, Note: wire.Notef(format, args...)})
}

// verdict ends the story.
func (t *trace) verdict(v Verdict) {
	result := Won
	switch v.Kind {
	case Drop:
		result = Rejected
	case Unknown:
		result = Undecided
	}
	t.steps = append(t.steps, Step{Rule: "verdict", Socket: v.Socket, Result: result, Note: wire.Notef("%s", v.Reason), RFC: v.RFC()})
}
