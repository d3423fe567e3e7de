package main

import (
	"context"
	"fmt"
	"io"

	"onwire/httpmsg"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

// maxInput is the longest input of parse, and maxMessages how many messages of
// it are shown.
const (
	maxInput    = 64 << 20
	maxMessages = 10000
)

func (a *app) parseCommand() *cobra.Command {
	var method string
	c := &cobra.Command{
		Use:   "parse [FILE]",
		Short: "Take requests and responses apart, and say what is wrong with them",
		Long: `Take the requests and responses in FILE, or stdin, apart, and say what is wrong
with them, and what other parsers make of that. Several may follow each other,
as they do on a connection. It exits with 1 if one of them has to be refused.`,
		Example: `  printf 'GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n' | go run ./cmd/httpshow parse
  go run ./cmd/httpshow parse --hex request.bin
  go run ./cmd/httpshow parse --method HEAD r.bin     a response to HEAD has no body`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name := "-"
			if len(args) == 1 {
				name = args[0]
			} else if term.IsTerminal(a.Stdin) {
				return cli.Misuse("name a file, or give them through a pipe", "no messages to read")
			}
			b, err := a.read(c.Context(), name)
			if err != nil {
				return err
			}
			return a.parse(b, method)
		},
	}
	a.hexFlag(c)
	c.Flags().StringVar(&method, "method", "", "the request that responses are the answer to: HEAD, CONNECT")
	return c
}

// read returns the bytes of a file, or of stdin for "-".
func (a *app) read(ctx context.Context, name string) ([]byte, error) {
	in, err := a.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	switch {
	case err != nil:
		return nil, cli.CannotRead(name, err)
	case len(b) > maxInput:
		return nil, cli.Failed("cut it into pieces", "%q is longer than %d MiB", name, maxInput>>20)
	}
	return b, nil
}

// parse shows one message after another. It fails with the first that has to
// be refused, or breaks off, when all have been shown.
func (a *app) parse(b []byte, method string) error {
	if len(b) == 0 {
		return cli.Failed("a request starts with a method, a response with HTTP/1.1", "nothing to read: 0 bytes")
	}
	var wrong error
	at := 0
	for n := 1; len(b) > 0; n++ {
		if n > maxMessages {
			return cli.Failed("cut the input into pieces", "more than %d messages", maxMessages)
		}
		m, err := one(b, method)
		if err := a.showParsed(n, at, m, err); err != nil {
			return err
		}
		if err != nil {
			return cli.Failed("what could be read is above", "message %d: %v", n, err)
		}
		if f := m.Refused(); f != nil && wrong == nil {
			who := "server"
			if m.Kind == httpmsg.ResponseKind {
				who = "client"
			}
			wrong = cli.Failed("a "+who+" has to refuse it, for two programs on the way may read it differently", "message %d: byte %d: %v", n, f.Start, f.What)
		}
		switch m.Body.Kind {
		case httpmsg.UnknownBody, httpmsg.TunnelBody, httpmsg.CloseBody:
			return wrong // what follows is part of it, or no message
		}
		at += m.End
		b = m.Rest()
	}
	return wrong
}

func one(b []byte, method string) (*httpmsg.Message, error) {
	if method != "" {
		return httpmsg.ParseResponse(b, method, httpmsg.Limits{Body: maxInput})
	}
	return httpmsg.Parse(b, httpmsg.Limits{Body: maxInput})
}

func (a *app) showParsed(n, at int, m *httpmsg.Message, err error) error {
	if a.JSON {
		return a.PrintJSON(newRecord(m.Kind.String(), 1, n, "", "", m, err))
	}
	s := a.Screen()
	if n > 1 {
		s.Printf("\n")
	}
	size := term.Count(m.End, "byte")
	if err != nil {
		size = "which " + size + " could be read"
	}
	s.Printf("%s\n", s.Paint(term.Bold, s.Wrap(0, fmt.Sprintf("message %d, a %s of %s, from byte %d on", n, m.Kind, size, at))))
	if err := a.draw(m); err != nil {
		return err
	}
	if err != nil {
		a.unread(m)
	}
	a.findings(m)
	if err == nil {
		s.Printf("%s  %s\n", s.Paint(term.Dim, "conn"), s.Wrap(6, "the connection "+fate(m)))
	}
	return nil
}
