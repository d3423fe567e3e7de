package main

import (
	"strings"

	"onwire/greeter/frames"
	"onwire/internal/term"
)

// ladderHead names the two ends of a ladder.
func ladderHead(s *term.Screen) {
	s.Printf("%s\n", s.Paint(term.Blue, "client"+strings.Repeat(" ", s.Width-12)+"server"))
}

// ladder draws a frame as an arrow between the two ends.
func ladder(s *term.Screen, f *frames.Frame) {
	const least = len("  |--  ->|  ") // around the label, with an arrow of one dash
	label := plain(f.Label())
	if room := s.Width - least; term.Columns(label) > room {
		r := []rune(label)
		for term.Columns(string(r)) > room-3 {
			r = r[:len(r)-1]
		}
		label = string(r) + "..."
	}
	dashes := strings.Repeat("-", s.Width-least-term.Columns(label)+1)
	if f.From == frames.Client {
		s.Printf("  |-- %s\n", s.Paint(term.Green, label)+" "+dashes+">|")
		return
	}
	s.Printf("  |<%s\n", dashes+" "+s.Paint(term.Yellow, label)+" --|")
}
