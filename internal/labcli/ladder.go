package labcli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"onwire/internal/term"
	"onwire/lab"
)

// left is the room for a frame's number and its time, before the first host.
const left = 14

// ladder draws the hosts as upright lines, time running down, and every frame
// as an arrow between two of them.
func (sh *Show) ladder(ctx context.Context, r *Run, frames []lab.Recorded) error {
	s := sh.Env.Screen()
	head := s.Paint(term.Dim, fmt.Sprintf("%4s %7s  ", "lab", "ms"))
	for _, row := range sh.names() {
		s.Printf("%s%s\n", head, s.Paint(term.Blue, row))
		head = strings.Repeat(" ", left)
	}
	said := r.said
	var now time.Duration
	speak := func(before int) error {
		for ; len(said) > 0 && said[0].frames < before; said = said[1:] {
			if err := sh.pause(ctx, said[0].at-now); err != nil {
				return err
			}
			now = said[0].at
			sh.speech(said[0])
		}
		return nil
	}
	for i, f := range frames {
		if err := speak(f.Number); err != nil {
			return err
		}
		if i > 0 {
			sh.Env.Pause()
		}
		if err := sh.pause(ctx, f.Sent-now); err != nil {
			return err
		}
		now = f.Sent
		sh.rung(f)
	}
	return speak(len(frames) + 1)
}

// column returns where the line of a host stands, in the room for the lines.
func (sh *Show) column(host string) int {
	i := slices.Index(sh.Hosts, host)
	if i < 0 || len(sh.Hosts) < 2 {
		return 0
	}
	return i * (sh.Env.Screen().Width - left - 1) / (len(sh.Hosts) - 1)
}

// names is the head of the ladder: each host's name at its line, in a row below
// where it would touch the name before it.
func (sh *Show) names() []string {
	var rows []string
	for i, name := range sh.Hosts {
		at := sh.column(name)
		if i == len(sh.Hosts)-1 {
			at -= len([]rune(name)) - 1
		} else if i > 0 {
			at -= len([]rune(name)) / 2
		}
		at = max(at, 0)
		n := slices.IndexFunc(rows, func(row string) bool { return row == "" || len([]rune(row)) < at })
		if n < 0 {
			n, rows = len(rows), append(rows, "")
		}
		rows[n] = term.Pad(rows[n], at) + name
	}
	return rows
}

// lines is a row in which nothing happens.
func (sh *Show) lines() []rune {
	row := []rune(strings.Repeat(" ", sh.Env.Screen().Width-left))
	for _, name := range sh.Hosts {
		row[sh.column(name)] = '|'
	}
	return row
}

// rung draws one frame. Its label stands in the arrow, or above it where the
// arrow is too short.
func (sh *Show) rung(f lab.Recorded) {
	s := sh.Env.Screen()
	label := sh.label(f)
	style := term.Plain
	if len(f.Is) > 0 {
		label += " [" + strings.Join(f.Is, ", ") + "]"
		style = term.Yellow
	}
	from, to := sh.column(f.From), sh.column(f.To)
	if !slices.Contains(sh.Hosts, f.To) { // to all
		to = sh.column(sh.Hosts[len(sh.Hosts)-1])
		if f.From == sh.Hosts[len(sh.Hosts)-1] {
			to = 0
		}
	}
	begin, end := min(from, to)+1, max(from, to)
	head := s.Paint(term.Dim, fmt.Sprintf("%4d %7s  ", f.Number, millis(f.Sent)))
	if term.Columns(label) > end-begin-8 {
		s.Printf("%s%s\n", head, s.Paint(style, s.Wrap(left, label)))
		head, label = strings.Repeat(" ", left), ""
	}
	if f.Verdict.Lost {
		style = term.Red
	}
	row := sh.lines()
	arrow := arrow(end-begin, label, to > from, f.Verdict)
	s.Printf("%s%s%s%s\n", head, string(row[:begin]), s.Paint(style, arrow), strings.TrimRight(string(row[end:]), " "))
	sh.below(f)
}

// arrow draws a frame over the given number of columns. The arrow of a lost
// frame ends on its way, in an X; a ! says that a bit was turned over.
func arrow(columns int, label string, right bool, v lab.Verdict) string {
	if label != "" {
		label = " " + label + " "
	}
	tip := "-"
	if len(v.Bits) > 0 {
		tip = "!"
	}
	rest := columns - term.Columns(label)
	switch {
	case v.Lost && right:
		return "--" + label + "--X" + strings.Repeat(" ", rest-5)
	case v.Lost:
		return strings.Repeat(" ", rest-5) + "X--" + label + "--"
	case right:
		return "--" + label + strings.Repeat("-", rest-4) + tip + ">"
	}
	return "<" + tip + strings.Repeat("-", rest-4) + label + "--"
}

// below says what the wire did to the frame, and what is new in it.
func (sh *Show) below(f lab.Recorded) {
	s := sh.Env.Screen()
	indent := strings.Repeat(" ", left)
	if did := fate(f); did != "" {
		s.Printf("%s%s\n", indent, s.Paint(term.Red, s.Wrap(left, did)))
	}
	for _, sentence := range sh.Ideas.In(f) {
		s.Printf("%s%s\n", indent, s.Wrap(left, sentence))
	}
}

// fate says what became of a frame that did not just arrive.
func fate(f lab.Recorded) string {
	v := f.Verdict
	var did []string
	if v.Lost {
		did = append(did, "lost on the wire")
	}
	for _, bit := range v.Bits {
		did = append(did, fmt.Sprintf("bit %d turned over on the wire: byte %d, 0x%02x, arrives as 0x%02x",
			bit, bit/8, f.Bytes[bit/8], f.Delivered()[bit/8]))
	}
	if v.Copies > 0 {
		did = append(did, "arrives twice")
	}
	if v.Swapped {
		did = append(did, "held back until the next has gone")
	}
	if v.Delay > 0 {
		did = append(did, "late by "+v.Delay.String())
	}
	if len(did) == 0 {
		return ""
	}
	return strings.Join(did, "; ") + " (" + v.Why + ")"
}

// speech draws what a program did, at its host's line.
func (sh *Show) speech(sd said) {
	s := sh.Env.Screen()
	s.Printf("%s%s\n", s.Paint(term.Dim, fmt.Sprintf("%4s %7s  ", "", millis(sd.at))),
		s.Paint(term.Green, s.Wrap(left, "* "+sd.host+" "+sd.text)))
}

// millis is a time in its seven columns.
func millis(d time.Duration) string {
	if d >= 100*time.Second {
		return fmt.Sprintf("%.0f", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000)
}

// titleOf heads an opened frame.
func titleOf(f lab.Recorded, how string) string {
	return fmt.Sprintf("Frame %d, %s to %s, %d bytes, %s: %s", f.Number, f.From, f.To, len(f.Bytes), how, f.Label)
}
