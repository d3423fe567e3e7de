package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func explainVerb(o *options) *cobra.Command {
	hexFile, notes := "", false
	c := &cobra.Command{
		Use:   "explain NAME [TYPE] [@SERVER] | explain --hex FILE",
		Short: "The bytes of a query and its reply, field by field",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if hexFile != "" {
				if len(args) > 0 {
					return cli.Misuse("explain a file, or a look-up", "--hex FILE and %q cannot both be explained", args[0])
				}
				return o.explainFile(c.Context(), hexFile, notes)
			}
			return o.explain(c.Context(), args, notes)
		},
	}
	c.Flags().StringVar(&hexFile, "hex", "", "explain the message in this file (- is stdin), as hex digits or as it is")
	c.Flags().BoolVar(&notes, "notes", false, "a sentence and the RFC below every field")
	o.env.StepFlag(c)
	o.digFlags(c)
	return c
}

// explain shows what goes out and what comes back for one question.
func (o *options) explain(ctx context.Context, args []string, notes bool) error {
	names, types, server, err := o.parseArgs(args)
	if err != nil {
		return err
	}
	if len(names) != 1 || len(types) > 1 {
		return cli.Misuse("'dnslookup explain www.example.com A'", "explain takes one name and one type")
	}
	if slices.ContainsFunc(types, isTransfer) {
		return cli.Misuse("'dnslookup "+names[0]+" AXFR @SERVER'", "a whole zone is not an answer to one question, so explain does not ask for it")
	}
	if err := notName(names[0]); err != nil {
		return err
	}
	name, types := ofAddress(names[0], types)
	if len(types) == 0 {
		types = []dnslookup.Type{dnslookup.TypeA}
	}
	r, err := o.resolver(ctx, dnslookup.Stub, server)
	if err != nil {
		return err
	}
	r.Search, r.Hosts = nil, nil // this is about bytes: they must be sent
	n := 0
	var broken error
	r.Trace = func(s dnslookup.Step) {
		if s.Query == nil {
			return
		}
		if n > 0 {
			o.env.Pause()
		}
		n++
		o.message(fmt.Sprintf("query to %s over %s, %d octets", s.Server, s.Transport, len(s.Query)), s.Query, notes)
		if s.Reply == nil {
			return
		}
		o.env.Pause()
		if !o.env.JSON {
			o.env.Screen().Printf("\n")
		}
		if bad := o.message(fmt.Sprintf("reply after %s, %d octets: %s", millis(s.RTT), len(s.Reply), outcome(s)), s.Reply, notes); bad != nil && s.Outcome != dnslookup.CutOff {
			broken = bad
		}
		if s.Outcome == dnslookup.CutOff && !o.env.JSON {
			o.env.Screen().Printf("\n")
		}
	}
	res, err := r.Lookup(ctx, name, types[0])
	if err == nil && n == 0 {
		return cli.Failed("", "%s was not asked for: %s", names[0], res.Local)
	}
	if broken != nil {
		return cli.Failed("the reply breaks the rules; what could be read is above", "%v", broken)
	}
	if res.Negative != nil {
		return cli.Exit(1)
	}
	return o.told(err, names[0])
}

// message shows one message. The error says where it breaks the rules.
func (o *options) message(title string, raw []byte, notes bool) error {
	m, err := dnslookup.Decode(raw)
	if o.env.JSON {
		if bad := o.env.PrintJSON(m); bad != nil {
			return bad
		}
		return err
	}
	s := o.env.Screen()
	s.Printf("%s\n", s.Paint(term.Bold, title))
	view := s.FieldView()
	view.Notes = notes
	view.Write(s, raw, m.Fields)
	return err
}

// maxFile is more than any message, as hex digits with a space between.
const maxFile = 1 << 20

// explainFile explains a message from elsewhere.
func (o *options) explainFile(ctx context.Context, path string, notes bool) error {
	f, err := o.env.Open(ctx, path)
	if err != nil {
		return notAsked(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case ctx.Err() != nil:
		return o.told(ctx.Err(), "")
	case err != nil:
		return notAsked(cli.CannotRead(path, err))
	}
	raw, err := unhex(data)
	if err != nil {
		return cli.Misuse("a message is hex digits, spaces and new lines do not matter, or the bytes themselves", "--hex %s: %v", path, err)
	}
	if len(raw) == 0 || len(data) > maxFile {
		return cli.Misuse("a DNS message has 12 to 65535 octets", "--hex %s: %d octets", path, len(raw))
	}
	if err := o.message(fmt.Sprintf("message of %d octets", len(raw)), raw, notes); err != nil {
		return cli.Failed("what could be read is above; the rest is called \"Not decoded\"", "the message breaks the rules %v", err)
	}
	return nil
}

// unhex reads hex digits; what is not text is taken as it is.
func unhex(data []byte) ([]byte, error) {
	for _, b := range data {
		if b >= 0x7f || b < ' ' && !unicode.IsSpace(rune(b)) {
			return data, nil
		}
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == ':' {
			return -1
		}
		return r
	}, strings.ReplaceAll(string(bytes.TrimSpace(data)), "0x", ""))
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("not hex digits: %s", strings.TrimPrefix(err.Error(), "encoding/hex: "))
	}
	return raw, nil
}
