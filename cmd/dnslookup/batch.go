package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func batchVerb(o *options) *cobra.Command {
	var b batch
	c := &cobra.Command{
		Use:   "batch FILE|- [TYPE] [@SERVER]",
		Short: "Many names, one a line",
		Long: `batch looks up the names of FILE, or of stdin, one a line, and writes one line
for each: the name and its addresses. A line may have a type after the name;
an address is asked for its name.
Lines come in the order of the file. What gets no reply is asked again. A line
that cannot be asked has a line that says why, and the others go on.

Exit 0 if every name has an answer, 1 if some do not exist or cannot be asked, 3
if some failed.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			b.o = o
			return b.run(c.Context(), args)
		},
	}
	c.Flags().BoolVar(&b.unordered, "unordered", false, "write each line as soon as it is there")
	c.Flags().IntVar(&b.window, "window", 0, "questions under way at once (240)")
	c.Flags().BoolVar(&b.quiet, "quiet", false, "no summary at the end")
	return c
}

// A batch is one run of the verb.
type batch struct {
	o                *options
	unordered, quiet bool
	window           int

	types                          []dnslookup.Type
	typeGiven                      bool
	wrong                          map[int]wrongLine // by the index of their question
	asked, done                    atomic.Int64
	found, missing, failed, repeat int
	refused                        int   // lines that could not be asked
	unread                         error // the input broke off
	out                            *bufio.Writer
	text                           []byte
	typed                          *typed // the lines of stdin
}

func (b *batch) run(ctx context.Context, args []string) error {
	names, types, server, err := b.o.parseArgs(args)
	if err != nil {
		return err
	}
	if len(names) != 1 || len(types) > 1 {
		return cli.Misuse("'dnslookup batch names.txt', or - for stdin", "batch takes one file and one type")
	}
	if b.window < 0 || b.window > 4096 {
		return cli.Misuse("240 is a good number", "--window: %d is not from 1 to 4096", b.window)
	}
	if b.types, b.typeGiven = types, len(types) > 0; !b.typeGiven {
		b.types = []dnslookup.Type{dnslookup.TypeA}
	}
	input := b.o.env.Stdin
	if names[0] == "-" {
		b.typed = readAhead(ctx, cli.Text(input))
	} else {
		f, err := openFile(names[0])
		if err != nil {
			return err
		}
		defer f.Close()
		input = cli.Text(f)
	}
	r, err := b.o.resolver(ctx, dnslookup.Stub, server)
	if err != nil {
		return err
	}
	// Answers are small and soon gone: collecting less often takes a fifth of
	// the time away, for some ten megabytes.
	debug.SetGCPercent(800)
	b.out = bufio.NewWriterSize(b.o.env.Out(), 1<<16)
	progress := term.StartProgress(b.o.env.Stderr, func() string {
		return fmt.Sprintf("%d names asked, %d answered", b.asked.Load(), b.done.Load())
	})
	start := time.Now()
	fatal := b.answers(ctx, r, input)
	progress.Stop()
	if err := b.out.Flush(); err != nil {
		return err // told by the Env
	}
	switch {
	case fatal != nil:
		return b.o.told(fatal, names[0])
	case ctx.Err() != nil:
		return &cli.Error{Code: 3, Message: "interrupted after " + term.Count(b.done.Load(), "name")}
	case b.unread != nil:
		return notAsked(cli.CannotRead(names[0], b.unread))
	}
	if !b.quiet {
		took := time.Since(start)
		refused := ""
		if b.refused > 0 {
			refused = fmt.Sprintf(", %d not asked", b.refused)
		}
		fmt.Fprintf(b.o.env.Stderr, "%s: %d with an answer, %d without, %d failed%s; %d queries repeated; %s, %.0f a second\n",
			term.Count(b.done.Load(), "name"), b.found, b.missing, b.failed, refused, b.repeat, took.Round(time.Millisecond), float64(b.done.Load())/took.Seconds())
	}
	switch {
	case b.failed > 0:
		return cli.Exit(3)
	case b.missing > 0 || b.refused > 0:
		return cli.Exit(1)
	}
	return nil
}

// answers asks and writes. The error ends everything: nobody can be asked.
func (b *batch) answers(ctx context.Context, r *dnslookup.Resolver, input io.Reader) error {
	options := dnslookup.BatchOptions{Unordered: b.unordered, Window: b.window, Retried: func() { b.repeat++ }}
	b.wrong = map[int]wrongLine{}
	var lines lineReader = newLines(input)
	if b.typed != nil {
		lines, options.Ready = b.typed, b.typed.ready
	}
	for a, err := range r.Batch(ctx, b.questions(lines), options) {
		if a.Index < 0 {
			return err
		}
		b.done.Add(1)
		wrong, refused := b.wrong[a.Index]
		if refused {
			delete(b.wrong, a.Index)
			a.Question.Name, err = wrong.text, wrong.err
		}
		switch {
		case refused, errors.Is(err, dnslookup.ErrNotDNS):
			b.refused++
		case err != nil:
			b.failed++
		case b.has(a):
			b.found++
		default:
			b.missing++
		}
		if b.o.env.JSON {
			b.json(a, err)
		} else {
			b.plain(a, err)
		}
		if b.typed != nil && !b.typed.ready() {
			b.out.Flush() // a person or a program may be waiting for it
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil
}

// has reports whether there is a record of the type that was asked for.
func (b *batch) has(a dnslookup.Answer) bool {
	if a.Rcode != dnslookup.NoError {
		return false
	}
	for _, rr := range a.Records {
		if rr.Type == a.Question.Type || a.Question.Type == dnslookup.TypeANY {
			return true
		}
	}
	return false
}

// plain writes "name data data": what a script can cut at spaces.
func (b *batch) plain(a dnslookup.Answer, err error) {
	name := a.Question.Name
	if len(name) > 1 && name[len(name)-1] == '.' {
		name = name[:len(name)-1]
	}
	line := append(b.text[:0], name...)
	switch {
	case err != nil:
		line = fmt.Appendf(b.text[:0], "%s ERROR %s", firstWord(name), wire.Escape(err.Error()))
	case b.has(a):
		for _, rr := range a.Records {
			if rr.Type == a.Question.Type || a.Question.Type == dnslookup.TypeANY {
				line = append(append(line, ' '), rr.Data...)
			}
		}
	case a.Rcode == dnslookup.NoError:
		line = append(line, " NODATA"...)
	default:
		line = append(append(line, ' '), a.Rcode.String()...)
	}
	b.text = append(line, '\n')
	b.out.Write(b.text)
}

func (b *batch) json(a dnslookup.Answer, err error) {
	text := ""
	if err != nil {
		text = err.Error()
		var e *dnslookup.Error
		if errors.As(err, &e) {
			text = strings.TrimPrefix(text, a.Question.String()+": ")
		}
	}
	b.o.env.PrintJSON(struct {
		Index   int                `json:"index"`
		Name    string             `json:"name"`
		Type    dnslookup.Type     `json:"type"`
		Rcode   string             `json:"rcode"` // "" if no server answered
		Records []dnslookup.Record `json:"records"`
		Error   string             `json:"error"`
	}{a.Index, a.Question.Name, a.Question.Type, rcode(a.Rcode, false, err), list(a.Records), text})
}
