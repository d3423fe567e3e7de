package main

import (
	"fmt"
	"slices"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/term"
)

// A party is one line of a ladder: we, or a server.
type party struct {
	key  string
	name string
}

// reached leaves out the tries that could not even be sent, such as over IPv6
// where there is none: no arrow belongs to them.
func reached(steps []dnslookup.Step) []dnslookup.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s dnslookup.Step) bool { return s.Outcome == dnslookup.Silent && s.Query == nil })
}

// parties returns who takes part, in the order of their appearance.
func parties(steps []dnslookup.Step) []party {
	all := []party{{"", "you"}}
	seen := map[string]bool{}
	for _, s := range steps {
		key := s.Server.Addr.String()
		if s.Query != nil && !seen[key] {
			seen[key] = true
			all = append(all, party{key, s.Server.String()})
		}
	}
	return all
}

// ladder draws the steps as arrows between lines, time running down.
func (o *options) ladder(steps []dnslookup.Step) {
	s := o.env.Screen()
	all := parties(steps)
	gap := max(6, (s.Width-6)/max(1, len(all)-1))
	gap = min(gap, 24)
	column := map[string]int{}
	head, rule := "", ""
	for i, p := range all {
		column[p.key] = i
		label := "you"
		if i > 0 {
			label = fmt.Sprintf("[%d]", i)
			s.Printf("%s %s\n", s.Paint(term.Blue, label), p.name)
		}
		head += term.Pad(label, gap)
		rule += term.Pad(" |", gap)
	}
	s.Printf("\n%s\n", strings.TrimRight(head, " "))
	line := func(text string, style term.Style) {
		if text == "" {
			s.Printf("%s\n", strings.TrimRight(rule, " "))
			return
		}
		s.Printf(" |  %s\n", s.Wrap(4, s.Paint(style, text)))
	}
	arrow := func(to int, back bool) {
		row := []rune(rule)
		from, end := 2, 1+to*gap
		for i := from; i < end; i++ {
			row[i] = '-'
		}
		if back {
			row[from] = '<'
		} else {
			row[end-1] = '>'
		}
		s.Printf("%s\n", strings.TrimRight(string(row), " "))
	}
	for _, step := range steps {
		if step.Query == nil {
			line(fmt.Sprintf("%s %s? %s", show(step.Question.Name), step.Question.Type, outcome(step)), term.Plain)
			line("", term.Plain)
			continue
		}
		to := column[step.Server.Addr.String()]
		line(fmt.Sprintf("%s %s? (%s)", show(step.Question.Name), step.Question.Type, step.Transport), term.Bold)
		arrow(to, false)
		line(outcome(step), style(step.Outcome))
		if step.Reply != nil {
			arrow(to, true)
		}
		line("", term.Plain)
	}
}

// mermaid writes the steps as a sequence diagram, which Markdown pages draw.
func (o *options) mermaid(steps []dnslookup.Step) {
	s := o.env.Screen()
	s.Printf("sequenceDiagram\n")
	number := map[string]int{}
	for i, p := range parties(steps) {
		number[p.key] = i
		s.Printf("  participant p%d as %s\n", i, mermaidText(p.name))
	}
	for _, step := range steps {
		question := fmt.Sprintf("%s %s?", show(step.Question.Name), step.Question.Type)
		if step.Query == nil {
			s.Printf("  Note over p0: %s\n", mermaidText(question+" "+outcome(step)))
			continue
		}
		to := number[step.Server.Addr.String()]
		s.Printf("  p0->>p%d: %s\n", to, mermaidText(question))
		if step.Reply != nil {
			s.Printf("  p%d-->>p0: %s\n", to, mermaidText(outcome(step)))
		} else {
			s.Printf("  Note over p%d: %s\n", to, mermaidText(outcome(step)))
		}
	}
}

// mermaidText takes out what ends a line or a text there.
func mermaidText(text string) string {
	return strings.NewReplacer(";", ",", "#", "", "\n", " ").Replace(text)
}
