package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// A scene shows one thing on real loopback sockets.
type scene struct {
	name, title string
	play        func(*stage) error
	why, rfc    string
	predict     []string // what to guess, and the command that tells
}

// scenes in the order of the lesson. The bare demo plays those of tour.
func scenes() []scene {
	return []scene{streamScene, nagleScene, halfCloseScene, rstScene, backlogScene, timeWaitScene, udpScene}
}

var tour = []string{"stream", "halfclose", "rst"}

// errCannotShow is wrapped by a scene that this system cannot show.
var errCannotShow = errors.New("this system cannot show it")

func (a *app) demoCommand() *cobra.Command {
	var names []string
	long := "Show TCP at work on real loopback sockets: no server, no network, no root.\nBare, a short tour. The scenes:\n\n"
	for _, sc := range scenes() {
		names = append(names, sc.name)
		long += fmt.Sprintf("  %-10s %s\n", sc.name, sc.title)
	}
	c := &cobra.Command{
		Use:       "demo [SCENE]",
		Short:     "See what TCP promises, and what it does not",
		Long:      strings.TrimSpace(long),
		ValidArgs: append(names, "all"),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return a.play(c.Context(), tour)
			case len(args) == 1 && args[0] == "all":
				return a.play(c.Context(), names)
			}
			for _, name := range args {
				if !contains(names, name) {
					return cli.Misuse("the scenes are "+strings.Join(names, ", ")+", or all", "there is no scene %q", name)
				}
			}
			return a.play(c.Context(), args)
		},
	}
	a.StepFlag(c)
	return c
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func (a *app) play(ctx context.Context, names []string) error {
	s := a.Screen()
	played := 0
	var predict []string
	for _, sc := range scenes() {
		if !contains(names, sc.name) {
			continue
		}
		if !a.JSON {
			if played > 0 {
				s.Printf("\n")
			}
			s.Printf("%s\n", s.Paint(term.Bold, "== "+sc.title))
		}
		played++
		st := &stage{app: a, ctx: ctx, began: time.Now(), scene: sc.name}
		err := sc.play(st)
		st.close()
		switch {
		case errors.Is(err, errCannotShow):
			if a.JSON {
				st.event("here", "you", "TCP", err.Error(), wire.Seen)
			} else {
				s.Printf("  %s\n", s.Wrap(2, err.Error()))
			}
		case ctx.Err() != nil:
			return cli.Failed("nothing is lost: run it again", "interrupted")
		case err != nil:
			return cli.Failed("the other scenes may still work; 'echo demo --help' lists them", "scene %s: %v", sc.name, err)
		}
		if !a.JSON {
			s.Printf("  %s\n", s.Wrap(2, s.Paint(term.Dim, "why: ")+sc.why+" ("+sc.rfc+")"))
		}
		predict = append(predict, sc.predict...)
	}
	if !a.JSON {
		a.predictions(names, predict)
	}
	return nil
}

// predictions ends a demo with something to guess.
func (a *app) predictions(names, predict []string) {
	s := a.Screen()
	s.Printf("\n%s\n", s.Paint(term.Bold, "Predict first, then try:"))
	if len(names) > 1 {
		predict = tourPredictions
	}
	for _, p := range predict {
		question, command, _ := strings.Cut(p, " | ")
		s.Printf("  %s\n      %s\n", s.Wrap(2, question), command)
	}
}

var tourPredictions = []string{
	"How many segments do 10 small writes make? | go run ./cmd/echo demo nagle",
	"A server that never accepts: do clients connect? | go run ./cmd/echo demo backlog",
	"Who must wait after closing, and for what? | go run ./cmd/echo demo timewait",
}
