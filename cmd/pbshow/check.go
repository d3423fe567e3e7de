package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire/schema"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func checkCommand(env *cli.Env) *cobra.Command {
	var old string
	var dirs []string
	c := &cobra.Command{
		Use:   "check FILE.proto...",
		Short: "Check .proto files: errors, names, numbers, what a change breaks",
		Long: `Check .proto files: what the compiler refuses, with the line and the mend;
the naming rules; repeated fields above 15; enums without a zero; numbers that
were reserved. With --old, what the change does to old programs and old bytes.

Exit 0: nothing but notes. Exit 1: something is wrong.`,
		Example: `  pbshow check map_no_semicolon.proto
  pbshow check --old student.proto student_v2.proto`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if old != "" && len(args) > 1 {
				return cli.Misuse("check one file against its old version", "--old goes with one file, not %d", len(args))
			}
			bad := false
			for _, path := range args {
				list, err := check(c.Context(), path, old, dirs)
				if err != nil {
					return err
				}
				if err := showFindings(env, path, list); err != nil {
					return err
				}
				for _, f := range list {
					bad = bad || f.Level != schema.Remark
				}
			}
			if bad {
				return cli.Exit(1)
			}
			return nil
		},
	}
	c.Flags().StringVar(&old, "old", "", "the version of the file that is in use: say what the change breaks")
	c.Flags().StringArrayVarP(&dirs, "include", "I", nil, "a folder to look for imports in; may be given again")
	return c
}

// check returns all that there is to say about a file.
func check(ctx context.Context, path, old string, dirs []string) ([]schema.Finding, error) {
	file, err := openProto(ctx, path, dirs)
	var errs schema.Errors
	if errors.As(err, &errs) {
		return errs.Findings(), nil
	}
	if err != nil {
		return nil, err
	}
	list := file.Lint()
	if old == "" {
		return list, nil
	}
	before, err := openProto(ctx, old, dirs)
	if errors.As(err, &errs) {
		return nil, cli.Failed("the old version has to compile", "%v", errs)
	}
	if err != nil {
		return nil, err
	}
	return append(schema.Compare(before, file), list...), nil
}

func showFindings(env *cli.Env, path string, list []schema.Finding) error {
	if env.JSON {
		for _, f := range list {
			if err := env.PrintJSON(f); err != nil {
				return err
			}
		}
		return nil
	}
	s := env.Screen()
	styles := map[schema.Level]term.Style{schema.Broken: term.Red, schema.Breaks: term.Red, schema.Rule: term.Yellow, schema.Remark: term.Dim}
	counts := map[schema.Level]int{}
	for _, f := range list {
		counts[f.Level]++
		s.Printf("%s:%d:%d: %s\n", wire.Escape(f.File), f.Line, f.Column, s.Paint(styles[f.Level], fmt.Sprintf("%s %s", f.Level, f.Rule)))
		s.Printf("  %s\n", s.Wrap(2, wire.Escape(f.Message)))
		if f.Mend != "" {
			s.Printf("  %s %s\n", s.Paint(term.Green, "mend:"), s.Wrap(8, wire.Escape(f.Mend)))
		}
	}
	if len(list) == 0 {
		s.Printf("%s: nothing to say\n", wire.Escape(path))
		return nil
	}
	s.Printf("%s: %s\n", wire.Escape(path), s.Paint(term.Bold, strings.Join([]string{
		term.Count(counts[schema.Broken], "error"), term.Count(counts[schema.Breaks], "break"),
		term.Count(counts[schema.Rule], "broken rule"), term.Count(counts[schema.Remark], "note"),
	}, ", ")))
	return nil
}
