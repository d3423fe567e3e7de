package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"

	"github.com/spf13/cobra"
)

func (a *app) classifyCommand() *cobra.Command {
	workers := 0
	c := &cobra.Command{
		Use:   "classify [FILE]",
		Short: "Name the block of every address in a file or on stdin",
		Long: `Read addresses, one a line, and write one line of six columns for each, with
tabs between, in the same order. A line may be what an argument may be: an
address, also with a port, a prefix or a range.

  input  canonical  version  block prefix  block name  reachable

A blank line has "-" in every column but the first. A line that is no address
has "error" in the last column and the reason in the one before, and makes the
exit code 1. DNS is never asked.`,
		Example: `  ipinfo classify addresses.txt
  cut -f1 access.log | ipinfo classify | cut -f5 | sort | uniq -c`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in, size, err := a.open(args)
			if err != nil {
				return err
			}
			defer in.Close()
			if workers <= 0 {
				workers = runtime.GOMAXPROCS(0)
			}
			batch := &ipaddr.Batch{Workers: workers}
			if a.lenient {
				batch.Mode = ipaddr.Lenient
			}
			notes := a.Stderr
			if term.IsTerminal(a.Stdout) { // the rows themselves show how far it is
				notes = io.Discard
			}
			progress := term.StartProgress(notes, progressLine(batch, size))
			out := a.Out()
			if a.JSON {
				out = &jsonRows{env: a.Env}
			}
			err = batch.Run(c.Context(), cli.Text(in), out)
			progress.Stop()
			switch {
			case c.Context().Err() != nil: // interrupted, or the output has ended
				return cli.Exit(1)
			case err != nil:
				return readError(err)
			case batch.Bad() > 0:
				return cli.Failed("their lines end in \"error\", with the reason before", "%d of %d lines are no addresses", batch.Bad(), batch.Lines())
			}
			return nil
		},
	}
	c.Flags().IntVar(&workers, "workers", 0, "lines are read on so many cores (0: all)")
	return c
}

// open opens the file that is named, or stdin, and returns its size if it is
// known.
func (a *app) open(args []string) (io.ReadCloser, int64, error) {
	if len(args) == 0 || args[0] == "-" {
		if term.IsTerminal(a.Stdin) {
			fmt.Fprintln(a.Stderr, "ipinfo: reading addresses from the keyboard, one a line")
		}
		return io.NopCloser(a.Stdin), 0, nil
	}
	f, err := cli.OpenFile(args[0])
	if _, wrong := ipaddr.Parse(args[0], ipaddr.Strict); err != nil && wrong == nil {
		return nil, 0, cli.Misuse("'ipinfo "+args[0]+"' explains it, and 'ipinfo classify -' reads a list from stdin", "%q is an address, and classify takes a file of them", args[0])
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func readError(err error) error {
	if errors.Is(err, syscall.EIO) {
		return cli.Failed("is the disk well?", "reading failed: %v", cli.Cause(err))
	}
	return cli.Cause(err)
}

// progressLine says how far a batch is.
func progressLine(b *ipaddr.Batch, size int64) func() string {
	start := time.Now()
	return func() string {
		lines := float64(b.Lines())
		text := fmt.Sprintf("%.1f million lines, %.1f million a second", lines/1e6, lines/1e6/time.Since(start).Seconds())
		if size > 0 {
			text = fmt.Sprintf("%3d %%, %s", 100*b.Read()/size, text)
		}
		return text
	}
}
