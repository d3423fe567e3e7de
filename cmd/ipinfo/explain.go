package main

import (
	"fmt"
	"strings"

	"onwire/internal/term"
	"onwire/ipaddr"

	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "explain (ADDR | FILE | -)...",
		Short:   "Work out an address or a prefix step by step, with each RFC",
		Example: "  ipinfo explain 202.108.249.134/20 --step",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.each(c.Context(), withMasks(args), a.explain)
		},
	}
	a.StepFlag(c)
	return c
}

func (a *app) explain(in ipaddr.Input) error {
	steps := ipaddr.Explain(in)
	if a.JSON {
		return a.PrintJSON(struct {
			Input string        `json:"input"`
			Steps []ipaddr.Step `json:"steps"`
		}{in.Text, steps})
	}
	s := a.Screen()
	for i, step := range steps {
		if i > 0 {
			a.Pause()
		}
		s.Printf("%s %s\n", s.Paint(term.Bold, fmt.Sprintf("%d %s", i+1, step.Title)), s.Paint(term.Dim, "("+step.RFC+")"))
		s.Printf("  %s\n", s.Wrap(2, step.Note.String()))
		a.stepRows(step.Rows)
	}
	return nil
}

// stepRows prints the lines of a calculation, their columns aligned.
func (a *app) stepRows(rows []ipaddr.Row) {
	s := a.Screen()
	label, bits, value := 0, 0, 0
	for _, r := range rows {
		label, bits = max(label, term.Columns(r.Label)), max(bits, term.Columns(r.Bits))
		if r.Bits != "" {
			value = max(value, term.Columns(r.Value))
		}
	}
	for _, r := range rows {
		line := "    " + s.Paint(term.Blue, term.Pad(r.Label, label)) + "  "
		at := 4 + label + 2
		if bits > 0 && at+bits+2 <= s.Width {
			line += a.paintBits(term.Pad(r.Bits, bits)) + "  "
			if at+bits+2+value > s.Width { // the value goes below
				line = strings.TrimRight(line, " ") + "\n" + strings.Repeat(" ", at)
			} else {
				at += bits + 2
			}
		}
		s.Printf("%s%s\n", line, s.Wrap(at, r.Value))
	}
}
