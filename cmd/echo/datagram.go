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
)

// maxDatagram is what fits into one IPv4 packet: 65535 less the headers.
const maxDatagram = 65507

// datagramWait is how long send waits for an answer: nothing says that there
// will be one.
const datagramWait = 2 * time.Second

// sendDatagram sends one datagram and waits for the one that should come back.
func (a *app) sendDatagram(ctx context.Context, o *sendOptions, args []string) error {
	var in io.Reader = strings.NewReader(strings.Join(args, " "))
	if len(args) == 0 {
		in = a.Stdin
	}
	sent, err := io.ReadAll(io.LimitReader(in, maxDatagram+1))
	if err != nil {
		return cli.Failed("give the text as an argument", "cannot read stdin: %v", err)
	}
	if len(sent) > maxDatagram {
		return cli.Misuse("send it over TCP, which has no such border", "a UDP datagram holds at most %d bytes", maxDatagram)
	}
	nc, err := dial(ctx, "udp", o.to)
	if err != nil {
		return cannotConnect(o.to, err)
	}
	defer nc.Close()
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	began := time.Now()
	nc.SetReadDeadline(began.Add(datagramWait))
	back := make([]byte, maxDatagram+1)
	n, err := nc.Write(sent)
	if err == nil {
		n, err = nc.Read(back)
	}
	took := time.Since(began)
	switch {
	case ctx.Err() != nil:
		return broke(o.to, ctx.Err())
	case cli.IsRefused(err):
		return cli.Failed("start one: go run ./cmd/echo serve --udp "+shown(o.to), "nobody listens at %q for UDP (its host said so, with an ICMP message)", o.to)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return cli.Failed("it, or its answer, was lost, or nobody is there: UDP does not tell, and does not send again", "no datagram came back from %q in %v", o.to, datagramWait)
	case err != nil:
		return broke(o.to, err)
	}
	back = back[:n]
	equal := bytes.Equal(sent, back)
	if o.raw {
		_, err := a.Out().Write(back)
		return err
	}
	if a.JSON {
		if err := a.PrintJSON(struct {
			To       string `json:"to"`
			Sent     int    `json:"sent"`
			Received int    `json:"received"`
			Equal    bool   `json:"equal"`
			Hex      string `json:"hex"`
			Total    int64  `json:"total_us"`
		}{o.to, len(sent), n, equal, hex.EncodeToString(back), took.Microseconds()}); err != nil {
			return err
		}
	} else if equal {
		s := a.Screen()
		text := fmt.Sprintf("%q", back)
		if len(back) > 60 {
			text = fmt.Sprintf("%q and %d bytes more", back[:40], len(back)-40)
		}
		s.Table([][]string{nil,
			{"to", o.to + ", UDP: no connection was made first"},
			{"sent", "one datagram of " + term.Count(len(sent), "byte")},
			{"received", fmt.Sprintf("one datagram of %s after %s", term.Count(n, "byte"), micros(took))},
			{"", text},
			{"compared", "the same, byte for byte"},
		})
	}
	if !equal {
		return cli.Failed("the peer is no echo server", "%q sent other bytes back: %d for %d", o.to, n, len(sent))
	}
	return nil
}
