package main

import (
	"slices"
	"strings"

	"onwire/httpmsg"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rules [NAME...]",
		Short: "List the rules of messages: MUST, SHOULD, MAY, and our advice",
		Long: `List the rules that 'parse' checks: where each is written, what it requires of a
program that reads such a message (MUST, SHOULD or MAY as RFC 2119 has them, or
our advice where the RFC requires nothing), and what parsers in use were seen to
do.`,
		Example: `  go run ./cmd/httpshow rules
  go run ./cmd/httpshow rules length-with-te obs-fold`,
		RunE: func(_ *cobra.Command, args []string) error { return a.rules(args) },
	}
}

// A ruleRecord is a rule in --json. The level and the requirement are "" for a
// kind of message that the rule is not for.
type ruleRecord struct {
	Rule     string     `json:"rule"`
	RFC      string     `json:"rfc"`
	Request  ruleForOne `json:"request"`
	Response ruleForOne `json:"response"`
	Parsers  string     `json:"parsers"`
}

type ruleForOne struct {
	Level       string `json:"level"`
	Requirement string `json:"requirement"`
}

func (a *app) rules(names []string) error {
	all := httpmsg.Rules()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(r httpmsg.Rule) bool { return r.String() == name }) {
			return cli.Misuse("'httpshow rules' lists them all", "there is no rule %q", name)
		}
	}
	for _, r := range all {
		if len(names) > 0 && !slices.Contains(names, r.String()) {
			continue
		}
		request, response := ruleFor(r, httpmsg.RequestKind), ruleFor(r, httpmsg.ResponseKind)
		if a.JSON {
			if err := a.PrintJSON(ruleRecord{r.String(), r.RFC(), request, response, r.Parsers()}); err != nil {
				return err
			}
			continue
		}
		s := a.Screen()
		s.Printf("%s  (%s)\n", s.Paint(term.Bold, r.String()), r.RFC())
		if request == response {
			a.ruleLine("", request)
		} else {
			a.ruleLine("a request: ", request)
			a.ruleLine("a response: ", response)
		}
		s.Printf("  %s\n", s.Wrap(2, "parsers: "+r.Parsers()))
	}
	return nil
}

func ruleFor(r httpmsg.Rule, k httpmsg.Kind) ruleForOne {
	if r.Requirement(k) == "" {
		return ruleForOne{}
	}
	return ruleForOne{r.Level(k).String(), r.Requirement(k)}
}

func (a *app) ruleLine(kind string, r ruleForOne) {
	if r.Requirement != "" {
		s := a.Screen()
		s.Printf("  %s\n", s.Wrap(2, kind+required(r.Level, r.Requirement)))
	}
}

// required is a requirement with its level, which most sentences have already.
func required(level, does string) string {
	if strings.Contains(does, level) {
		return does
	}
	return level + ": " + does
}
