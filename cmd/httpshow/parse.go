package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

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
		Short: "Show the parts of messages, and what is wrong with them",
		Long: `Show the parts of the requests and responses in FILE, or stdin, what is wrong
with them, and what other parsers make of that. Several may follow each other,
as they do on a connection. Beside a fault is what the RFC requires: MUST,
SHOULD or MAY, or "advice" where it requires nothing. It exits with 1 if a
message is refused, or if bytes are left that are none.`,
		Example: `  printf 'GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n' | go run ./cmd/httpshow parse
  go run ./cmd/httpshow parse --hex request.bin
  go run ./cmd/httpshow parse --method HEAD r.bin  a response to HEAD: no body`,
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

// parse shows one message after another. It fails with the first that is
// refused, or breaks off, when all have been shown.
func (a *app) parse(b []byte, method string) error {
	if len(b) == 0 {
		return cli.Failed("a request starts with a method, a response with HTTP/1.1", "nothing to read: 0 bytes")
	}
	var wrong error
	at := 0
	var asked []string // the methods of requests before, whose responses may be here too
	for n := 1; len(b) > 0; n++ {
		if n > maxMessages {
			return cli.Failed("cut the input into pieces", "more than %d messages", maxMessages)
		}
		if n == 1 && httpmsg.Foreign(b) != "" {
			return cannotParse(b, "", "")
		}
		m, err := one(b, method, asked)
		if err := a.showParsed(n, at, m, err); err != nil {
			return err
		}
		if err != nil {
			return cannotParse(b, shortHint(m, err), "message %d: %v", n, err)
		}
		switch {
		case m.Kind == httpmsg.RequestKind:
			asked = append(asked, m.Text(m.Method))
		case len(asked) > 0 && !m.Interim():
			asked = asked[1:]
		}
		if f := m.Refused(); f != nil && wrong == nil {
			wrong = cli.Failed(advice(f), "message %d: byte %d: %v", n, f.Start, f.What)
		}
		switch m.Body.Kind {
		case httpmsg.UnknownBody, httpmsg.TunnelBody, httpmsg.CloseBody:
			return wrong // what follows is part of it, or no message
		}
		at += m.End
		b = m.Rest()
		if left, text, rfc := m.Leftover(b); left > 0 {
			a.showLeft(1, n, at, b[:left], text.String(), rfc)
			if wrong == nil && len(bytes.Trim(b, "\r\n")) > 0 {
				wrong = cli.Failed("the bytes are above, from byte "+strconv.Itoa(at)+" on", "after message %d: %v", n, text)
			}
			at += left
			b = b[left:] // the next message, or nothing
		}
	}
	return wrong
}

// one parses the message at the start of b: a response to method, if that is
// given, or a request, or a response to the first of those asked.
func one(b []byte, method string, asked []string) (*httpmsg.Message, error) {
	limits := httpmsg.Limits{Body: maxInput}
	if method != "" {
		return httpmsg.ParseResponse(b, method, limits)
	}
	m, err := httpmsg.Parse(b, limits)
	if m.Kind == httpmsg.ResponseKind && len(asked) > 0 {
		return httpmsg.ParseResponse(b, asked[0], limits)
	}
	return m, err
}

// shortHint is the hint for a message that ends early.
func shortHint(m *httpmsg.Message, err error) string {
	switch {
	case !errors.Is(err, httpmsg.ErrTruncated) || m.Body.Kind != httpmsg.LengthBody:
		return "what could be read is above"
	case m.Kind == httpmsg.ResponseKind && len(m.Content) == 0:
		return "a response to HEAD has no body: if this is one, say --method HEAD"
	}
	return fmt.Sprintf("is Content-Length right? It counts bytes, and %s of the body are here", term.Count(len(m.Content), "byte"))
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
