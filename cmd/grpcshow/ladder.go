package main

import (
	"strings"

	"onwire/greeter/frames"
	"onwire/internal/term"
	"onwire/wire"
)

// ladderHead names the two ends of a ladder.
func ladderHead(s *term.Screen) {
	s.Printf("%s\n", s.Paint(term.Blue, "client"+strings.Repeat(" ", s.Width-12)+"server"))
}

// ladder draws a frame as an arrow between the two ends. What does not fit on
// the arrow stands below it.
func ladder(s *term.Screen, f *frames.Frame) {
	const least = len("  |--  ->|  ") // around the label, with an arrow of one dash
	dash, tail, left, right := "-", "--", "<", ">"
	for _, label := range fill(wire.Escape(f.Label()), s.Width-least) {
		arrow := strings.Repeat(dash, s.Width-least-term.Columns(label)+1)
		if f.From == frames.Client {
			s.Printf("  |%s %s %s%s|\n", tail, s.Paint(term.Green, label), arrow, right)
		} else {
			s.Printf("  |%s%s %s %s|\n", left, arrow, s.Paint(term.Yellow, label), tail)
		}
		dash, tail, left, right = " ", "  ", " ", " "
	}
}

// fill puts words into lines of so many columns. It breaks at spaces only, as
// Screen.Wrap does not: grpc-timeout is one name.
func fill(text string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Split(text, " ") {
		if line != "" && term.Columns(line+" "+word) > columns {
			lines, line = append(lines, line), ""
		} else if line != "" {
			word = " " + word
		}
		for _, r := range word {
			if term.Columns(line+string(r)) > columns { // a word that is a line by itself, and longer
				lines, line = append(lines, line), ""
			}
			line += string(r)
		}
	}
	return append(lines, line)
}
