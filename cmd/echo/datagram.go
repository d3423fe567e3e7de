package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"
)

// maxDatagram is what fits into one IPv4 packet: 65535 less the headers.
const maxDatagram = 65507

// datagramWait is how long send waits for an answer: nothing says that there
// will be one.
const datagramWait = 2 * time.Second

// A datagramRecord is what send --udp says in --json.
type datagramRecord struct {
	To       string `json:"to"`
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	Equal    bool   `json:"equal"`
	Hex      string `json:"hex"`
	Total    int64  `json:"total_us"`
	Error    string `json:"error"`
}

// sendDatagram sends one datagram and waits for the one that should come back.
func (a *app) sendDatagram(ctx context.Context, o *sendOptions, args []string) error {
	sent := []byte(strings.Join(args, " "))
	if len(args) == 0 {
		var err error
		if sent, err = a.datagramFrom(ctx, o); err != nil {
			return err
		}
	}
	if len(sent) > maxDatagram {
		return cli.Misuse("send it over TCP, which has no such limit", "a UDP datagram holds at most %d bytes", maxDatagram)
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	nc, err := dial(ctx, "udp", o.to)
	if err != nil {
		return cannotConnect(o.to, err)
	}
	defer nc.Close()
	began := time.Now()
	nc.SetReadDeadline(began.Add(datagramWait))
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	back := make([]byte, maxDatagram+1)
	n, err := nc.Write(sent)
	if err == nil {
		n, err = nc.Read(back)
	}
	took := time.Since(began)
	r := datagramRecord{To: o.to, Sent: len(sent), Total: took.Microseconds()}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		err = broke(o.to, ctx.Err())
	case cli.IsRefused(err):
		err = cli.Failed("start one: go run ./cmd/echo serve --udp "+shown(o.to), "no program listens at %q for UDP (its host said so, with an ICMP message)", o.to)
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = cli.Failed("the datagram or its answer was lost, or no program is there: UDP does not say, and does not send again", "no datagram came back from %q in %v", o.to, datagramWait)
	default:
		err = broke(o.to, err)
	}
	if err != nil {
		r.Error, _ = cli.Parts(err)
		if a.JSON {
			a.PrintJSON(r)
		}
		return err
	}
	back = back[:n]
	r.Received, r.Equal, r.Hex = n, bytes.Equal(sent, back), hex.EncodeToString(back)
	if !r.Equal {
		err = cli.Failed("is it an echo server? 'go run ./cmd/echo serve --udp' is one", "%q sent other bytes back: %d for %d", o.to, n, len(sent))
		r.Error, _ = cli.Parts(err)
	}
	switch {
	case o.raw:
		if _, err := a.Out().Write(back); err != nil {
			return err
		}
	case a.JSON:
		a.PrintJSON(r)
	case r.Equal:
		a.datagramScreen(r, back)
	}
	return err
}

// datagramFrom reads stdin. The timeout counts only if it was asked for.
func (a *app) datagramFrom(ctx context.Context, o *sendOptions) ([]byte, error) {
	if term.IsTerminal(a.Stdin) {
		fmt.Fprintln(a.Stderr, "echo: type what to send; Ctrl-D ends it")
	}
	if o.strict && o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	in, err := a.Open(ctx, "-") // which ctx ends, though stdin stays open
	if err != nil {
		return nil, err
	}
	defer in.Close()
	sent, err := io.ReadAll(io.LimitReader(in, maxDatagram+1))
	switch {
	case err == nil:
		return sent, nil
	case ctx.Err() != nil:
		return nil, cli.Failed("end the input with Ctrl-D, or give the text as an argument", "stdin did not end, so nothing was sent")
	}
	return nil, cli.Failed("give the text as an argument", "cannot read stdin: %v", cli.Cause(err))
}

func (a *app) datagramScreen(r datagramRecord, back []byte) {
	text := fmt.Sprintf("%q", back)
	if len(back) > 60 {
		cut := strings.ToValidUTF8(string(back[:40]), "") // between two characters
		text = fmt.Sprintf("%q and %d bytes more", cut, len(back)-len(cut))
	}
	a.Screen().Table([][]string{nil,
		{"to", wire.Escape(r.To) + ", UDP: no connection was made first"},
		{"sent", "one datagram of " + term.Count(r.Sent, "byte")},
		{"received", fmt.Sprintf("one datagram of %s after %s", term.Count(r.Received, "byte"), micros(time.Duration(r.Total)*time.Microsecond))},
		{"", text},
		{"compared", "the same, byte for byte"},
	})
}
