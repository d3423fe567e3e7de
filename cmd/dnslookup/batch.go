package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func batchVerb(o *options) *cobra.Command {
	var b batch
	c := &cobra.Command{
		Use:   "batch FILE|- [TYPE] [@SERVER]",
		Short: "Many names, one a line",
		Long: `batch looks up the names of FILE, or of stdin, one a line, and writes one line
for each: the name and its addresses. A line may have a type behind the name;
an address is asked for its name.
Lines come in the order of the file. What stays without a reply is asked again.

Exit 0 if every name has an answer, 1 if some do not exist, 3 if some failed.`,
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
	wrong                          error // a line that is not a name
	line                           int
	asked, done                    atomic.Int64
	found, missing, failed, repeat int
	out                            *bufio.Writer
	text                           []byte
	typed                          *typed // the lines of stdin
}

func (b *batch) run(ctx context.Context, args []string) error {
	names, types, server, err := parseArgs(args)
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
	input, source := b.o.env.Stdin, names[0]
	if source == "-" {
		source = "stdin"
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
		return &cli.Error{Code: 3, Message: fmt.Sprintf("interrupted after %d names", b.done.Load())}
	case b.wrong != nil:
		return cli.Misuse("one name a line; a line that starts with # is a comment", "%s line %d: %v; the lines before it are done", source, b.line, b.wrong)
	}
	if !b.quiet {
		took := time.Since(start)
		fmt.Fprintf(b.o.env.Stderr, "%d names: %d with an answer, %d without, %d failed; %d queries repeated; %s, %.0f a second\n",
			b.done.Load(), b.found, b.missing, b.failed, b.repeat, took.Round(time.Millisecond), float64(b.done.Load())/took.Seconds())
	}
	switch {
	case b.failed > 0:
		return cli.Exit(3)
	case b.missing > 0:
		return cli.Exit(1)
	}
	return nil
}

// questions reads the names, one a line.
func (b *batch) questions(lines lineReader) iter.Seq[dnslookup.Question] {
	return func(yield func(dnslookup.Question) bool) {
		for lines.Scan() {
			b.line++
			text := lines.Text()
			if text == "" || text[0] == '#' {
				continue
			}
			q, err := b.question(text)
			if err != nil {
				b.wrong = err
				return
			}
			if q.Name == "" {
				continue
			}
			b.asked.Add(1)
			if !yield(q) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			b.line++
			if b.wrong = err; errors.Is(err, bufio.ErrTooLong) {
				b.wrong = errors.New("is far longer than any name")
			}
		}
	}
}

func (b *batch) question(text string) (dnslookup.Question, error) {
	q := dnslookup.Question{Type: b.types[0]}
	name, rest := text, ""
	if i := strings.IndexAny(text, " \t\r"); i >= 0 {
		words := strings.Fields(text)
		if len(words) == 0 {
			return q, nil
		}
		if name = words[0]; len(words) > 1 {
			rest = words[1]
		}
		if len(words) > 2 {
			return q, fmt.Errorf("%q is more than a name and a type", text)
		}
	}
	var err error
	if addr, bad := netip.ParseAddr(name); bad == nil { // its name is what is meant
		name = dnslookup.ReverseName(addr)
		if !b.typeGiven {
			q.Type = dnslookup.TypePTR
		}
	}
	if rest != "" {
		if q.Type, err = dnslookup.ParseType(rest); err != nil {
			return q, err
		}
	}
	q.Name, err = dnslookup.ParseName(name)
	return q, err
}

// answers asks and writes. The error ends everything: nobody can be asked.
func (b *batch) answers(ctx context.Context, r *dnslookup.Resolver, input io.Reader) error {
	options := dnslookup.BatchOptions{Unordered: b.unordered, Window: b.window, Retried: func() { b.repeat++ }}
	var lines lineReader = bufio.NewScanner(input)
	if b.typed != nil {
		lines, options.Ready = b.typed, b.typed.ready
	}
	for a, err := range r.Batch(ctx, b.questions(lines), options) {
		if a.Index < 0 {
			return err
		}
		b.done.Add(1)
		switch {
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
			b.out.Flush() // somebody may be waiting for it
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil
}

// has reports whether there is a record of the type that was asked for.
func (b *batch) has(a dnslookup.Answer) bool {
	for _, rr := range a.Records {
		if rr.Type == a.Question.Type || a.Question.Type == dnslookup.TypeANY {
			return true
		}
	}
	return false
}

// plain writes "name data data": what a script can cut at spaces.
func (b *batch) plain(a dnslookup.Answer, err error) {
	line := append(b.text[:0], a.Question.Name[:len(a.Question.Name)-1]...)
	if a.Question.Name == "." {
		line = append(line, '.')
	}
	switch {
	case err != nil:
		line = append(append(line, " ERROR "...), err.Error()...)
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
		Rcode   dnslookup.Rcode    `json:"rcode"`
		Records []dnslookup.Record `json:"records"`
		Error   string             `json:"error"`
	}{a.Index, a.Question.Name, a.Question.Type, a.Rcode, list(a.Records), text})
}
