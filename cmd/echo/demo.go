package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"onwire/internal/cli"
	"onwire/internal/labcli"
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

// scenes in the order of the lesson; tour is a short way through them.
func scenes() []scene {
	return []scene{streamScene, nagleScene, halfCloseScene, rstScene, backlogScene, timeWaitScene, udpScene}
}

var tour = []string{"stream", "halfclose", "rst"}

// errCannotShow is wrapped by a scene that this system cannot show.
var errCannotShow = errors.New("this system cannot show it")

func (a *app) demoCommand() *cobra.Command {
	var names []string
	long := "See TCP at work, frame by frame: two hosts with real TCP/IP stacks on a wire\ninside this program. Bare, one echo from the first SYN to the last ACK. The\nscenes on that wire take --lose, --break, --delay, --dup, --swap, --mtu, --pcap:\n\n"
	for _, sc := range labScenes() {
		names = append(names, sc.name)
		long += fmt.Sprintf("  %-16s %s\n", sc.name, sc.title)
	}
	long += "\nThe scenes on real loopback sockets, where the kernel hides the segments:\n\n"
	for _, sc := range scenes() {
		names = append(names, sc.name)
		long += fmt.Sprintf("  %-16s %s\n", sc.name, sc.title)
	}
	long += "  sockets          a short tour of these\n  all              every scene"
	var flags *labcli.Flags
	var version6 bool
	c := &cobra.Command{
		Use:       "demo [SCENE...]",
		Short:     "See what TCP promises, and what it does not",
		Long:      strings.TrimSpace(long),
		ValidArgs: append(names, "sockets", "all"),
		Example: `  go run ./cmd/echo demo
  go run ./cmd/echo demo --lose "data 1"
  go run ./cmd/echo demo checksum --hex 6
  go run ./cmd/echo demo --lose 20% --seed 7 --pcap echo.pcapng`,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				args = []string{"handshake"}
			case len(args) == 1 && args[0] == "sockets":
				args = tour
			case len(args) == 1 && args[0] == "all":
				args = names
			}
			for _, name := range args {
				if !contains(names, name) {
					return cli.Misuse("the scenes are "+strings.Join(names, ", ")+", sockets, or all", "there is no scene %q", name)
				}
			}
			if flags.Pcap != "" && len(args) > 1 {
				return cli.Misuse("name one scene", "--pcap: one file holds one scene")
			}
			if flags.OnWire(c) {
				for _, sc := range scenes() {
					if contains(args, sc.name) {
						return cli.Misuse("the scenes on the lab's wire take it; 'go run ./cmd/echo demo --help' lists them", "scene %s plays on the kernel's sockets: nothing can be lost or opened there to order", sc.name)
					}
				}
			}
			return a.play(c.Context(), args, flags, version6)
		},
	}
	flags = labcli.AddFlags(c, a.Env)
	c.Flags().BoolVarP(&version6, "ipv6", "6", false, "over IPv6: fd00::1 and fd00::2")
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

func (a *app) play(ctx context.Context, names []string, flags *labcli.Flags, version6 bool) error {
	played := 0
	var predict []string
	open := func(title string) {
		if !a.JSON {
			a.headline(title, played == 0)
		}
		played++
	}
	ideas := new(labcli.Ideas)
	for _, sc := range labScenes() {
		if !contains(names, sc.name) {
			continue
		}
		if err := a.playLab(ctx, sc, flags, ideas, version6, func() { open(sc.title) }); err != nil {
			return err
		}
		if !a.JSON {
			a.moral(sc.why, sc.rfc)
		}
		predict = append(predict, sc.predict...)
	}
	for _, sc := range scenes() {
		if !contains(names, sc.name) {
			continue
		}
		open(sc.title)
		if err := a.playSockets(ctx, sc); err != nil {
			return err
		}
		predict = append(predict, sc.predict...)
	}
	if !a.JSON {
		a.predictions(names, predict)
	}
	return nil
}

// playSockets plays a scene on loopback.
func (a *app) playSockets(ctx context.Context, sc scene) error {
	s := a.Screen()
	st := &stage{app: a, ctx: ctx, began: time.Now(), scene: sc.name}
	err := sceneNeedsKernel()
	if err == nil {
		err = sc.play(st)
	}
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
	case cli.IsAny(err, syscall.ENETUNREACH):
		return cli.Failed("'ip link set lo up' starts it; 'go run ./cmd/echo demo' needs no network at all", "scene %s: the loopback interface of this system is down", sc.name)
	case err != nil:
		return cli.Failed("the other scenes may still work; 'go run ./cmd/echo demo --help' lists them", "scene %s: %v", sc.name, err)
	}
	if !a.JSON {
		a.moral(sc.why, sc.rfc)
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
