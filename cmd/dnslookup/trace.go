package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func traceVerb(o *options) *cobra.Command {
	diagram := ""
	c := &cobra.Command{
		Use:   "trace NAME [TYPE...]",
		Short: "The walk from the root: who was asked what, and what they answered",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if diagram != "" && diagram != "ladder" && diagram != "mermaid" {
				return cli.Misuse("--diagram draws a ladder, --diagram=mermaid writes it for Markdown", "%q is not a kind of diagram", diagram)
			}
			return o.trace(c.Context(), args, diagram)
		},
	}
	c.Flags().StringVar(&diagram, "diagram", "", "draw it as a ladder, or as mermaid")
	c.Flags().Lookup("diagram").NoOptDefVal = "ladder"
	o.env.StepFlag(c)
	o.digFlags(c)
	return c
}

// trace walks from the root and tells every step.
func (o *options) trace(ctx context.Context, args []string, diagram string) error {
	name, types, server, err := o.oneName("trace", args)
	if err != nil {
		return err
	}
	r, err := o.resolver(ctx, dnslookup.Iterative, server)
	if err != nil {
		return err
	}
	var steps []dnslookup.Step
	n, unreached := 0, 0
	r.Trace = func(s dnslookup.Step) {
		steps = append(steps, s)
		if s.Outcome == dnslookup.Silent && s.Query == nil && !o.env.JSON { // such as IPv6 where there is none
			unreached++
			return
		}
		if unreached > 0 && diagram == "" {
			o.env.Screen().Printf("    (%d %s cannot be reached from here)\n", unreached, map[bool]string{true: "server", false: "servers"}[unreached == 1])
			unreached = 0
		}
		switch {
		case o.env.JSON:
			o.env.PrintJSON(s)
		case diagram == "":
			if n > 0 {
				o.env.Pause()
			}
			n++
			o.step(n, s)
		}
	}
	res, err := r.Lookup(ctx, name, types...)
	steps = reached(steps)
	switch {
	case len(steps) == 0 || o.env.JSON:
	case diagram == "ladder":
		o.ladder(steps)
	case diagram == "mermaid":
		o.mermaid(steps)
	}
	if !o.env.JSON && (n > 0 || diagram == "ladder" && len(steps) > 0) {
		o.env.Screen().Printf("\n")
	}
	if diagram == "mermaid" && !o.env.JSON {
		if errors.Is(err, dnslookup.ErrNXDomain) || errors.Is(err, dnslookup.ErrNoData) {
			return cli.Exit(1)
		}
		return o.told(err, name)
	}
	var failed *cli.Error
	told := o.show(res, err, name)
	if errors.As(told, &failed) && (strings.Contains(failed.Hint, "dnslookup trace") || errors.Is(err, dnslookup.ErrFormat)) {
		failed.Hint = "the steps above show where it ends"
	}
	return told
}

// step tells one step in two lines: who was asked what, and what came of it.
func (o *options) step(n int, s dnslookup.Step) {
	screen := o.env.Screen()
	indent := strings.Repeat("     ", s.Depth)
	number := fmt.Sprintf("%2d  ", n)
	question := s.Question.Name
	if question != "." {
		question = show(s.Question.Name)
	}
	question += " " + s.Question.Type.String() + "?"
	head := ""
	switch s.Outcome {
	case dnslookup.FromCache:
		head = "in the cache: "
	case dnslookup.Local:
		head = "no server is asked: "
	case dnslookup.NotAsked:
		head = fmt.Sprintf("do not ask %s%s: ", s.Server, ofZone(s.Zone))
	case dnslookup.Forged:
		head = fmt.Sprintf("verify what %s%s says: ", s.Server, ofZone(s.Zone))
	default:
		head = fmt.Sprintf("ask %s%s: ", s.Server, ofZone(s.Zone))
	}
	head += screen.Paint(term.Bold, question)
	if s.For != "" {
		head += " (to find " + s.For + ")"
	}
	screen.Printf("%s%s%s\n", screen.Paint(term.Dim, number), indent, screen.Wrap(4+len(indent), head))
	text := outcome(s)
	if s.Reply != nil {
		over := ""
		if s.Transport != dnslookup.UDP {
			over = " over " + s.Transport.String()
		}
		text += fmt.Sprintf("  %s%s, %d octets", millis(s.RTT), over, len(s.Reply))
	} else if s.RTT > 0 {
		text += fmt.Sprintf("  after %s", millis(s.RTT))
	}
	screen.Printf("      %s%s %s\n", indent, screen.Paint(style(s.Outcome), "->"), screen.Wrap(9+len(indent), text))
}

func ofZone(zone string) string {
	switch zone {
	case "":
		return ""
	case ".":
		return ", of the root"
	}
	return ", of " + show(zone)
}

func style(o dnslookup.Outcome) term.Style {
	switch o {
	case dnslookup.Answered:
		return term.Green
	case dnslookup.Alias, dnslookup.Referral, dnslookup.FromCache, dnslookup.Local:
		return term.Blue
	case dnslookup.NoSuch, dnslookup.NoData, dnslookup.CutOff, dnslookup.Retried:
		return term.Yellow
	}
	return term.Red
}

// outcome says in words what a step led to, with the protocol's word beside.
func outcome(s dnslookup.Step) string {
	text := ""
	switch s.Outcome {
	case dnslookup.Answered:
		text = "answer"
		if data := firstData(s); data != "" {
			text = "answer: " + data
		}
	case dnslookup.Alias:
		return fmt.Sprintf("alias (%s): go on with %s", s.Note, show(s.Next))
	case dnslookup.Referral:
		text = fmt.Sprintf("ask the servers of %s (referral)", show(s.Next))
	case dnslookup.NoSuch:
		text = "no such name (NXDOMAIN)"
	case dnslookup.NoData:
		text = "no record of this type (NODATA)"
	case dnslookup.CutOff:
		return "truncated (TC): " + s.Note
	case dnslookup.Lame:
		text = "of no use (lame)"
	case dnslookup.Broken:
		text = "reply refused"
	default:
		text = string(s.Outcome)
	}
	if s.Outcome == dnslookup.NotAsked || s.Outcome == dnslookup.Forged || s.Outcome == dnslookup.Silent || s.Outcome == dnslookup.FromCache || s.Outcome == dnslookup.Local || s.Outcome == dnslookup.Retried {
		return s.Note
	}
	if s.Note != "" && s.Outcome != dnslookup.Answered {
		text += ": " + s.Note
	}
	return text
}

// firstData returns the data of the answer that the reply of a step holds.
func firstData(s dnslookup.Step) string {
	m, err := dnslookup.Decode(s.Reply)
	if err != nil {
		return ""
	}
	var data []string
	for _, rr := range m.Answer {
		if rr.Type == s.Question.Type {
			data = append(data, rr.Data)
		}
	}
	switch {
	case len(data) == 0:
		return ""
	case len(data) > 3 || len(strings.Join(data, ", ")) > 100:
		return fmt.Sprintf("%d %s records", len(data), s.Question.Type)
	}
	return strings.Join(data, ", ")
}
