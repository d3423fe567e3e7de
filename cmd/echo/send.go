package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/tcpecho"
	"onwire/wire"

	"github.com/spf13/cobra"
)

type sendOptions struct {
	to           string
	writes, size int
	nodelay      bool
	tcpinfo, udp bool
	raw          bool
	timeout      time.Duration
	strict       bool // the timeout was asked for: it counts waiting for input too
}

func (a *app) sendCommand() *cobra.Command {
	o := &sendOptions{}
	c := &cobra.Command{
		Use:   "send [TEXT]...",
		Short: "Send text or stdin, and compare what comes back",
		Long: `Send TEXT, or stdin if there is none, then a FIN, and compare what comes back.

With --writes the bytes are sent in so many calls of --size bytes each, and
shown are the calls beside the segments that the kernel made of them, beside
the reads that they arrived in: TCP is a stream of bytes, not of messages.
Without --nodelay the kernel may hold a small segment back until the one before
it is acknowledged (Nagle, RFC 9293 3.7.4).`,
		RunE: func(c *cobra.Command, args []string) error { return a.send(c, o, args) },
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", defaultAddr, "the server, host:port")
	f.IntVar(&o.writes, "writes", 0, "number of writes, each shown")
	f.IntVar(&o.size, "size", 10, "bytes per write, with --writes")
	f.BoolVar(&o.nodelay, "nodelay", false, "set TCP_NODELAY: no waiting for acknowledgments")
	f.BoolVar(&o.tcpinfo, "tcpinfo", false, "also what the kernel says about the connection")
	f.BoolVar(&o.udp, "udp", false, "one datagram instead of a connection")
	f.BoolVar(&o.raw, "raw", false, "write the bytes that came back to stdout, and nothing else")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "give up after so long without a byte; waiting for your input counts only with this flag; 0 never")
	return c
}

func (a *app) send(c *cobra.Command, o *sendOptions, args []string) error {
	to, err := peerAddress([]string{o.to})
	if err != nil {
		return err
	}
	o.to, o.strict = to, c.Flags().Changed("timeout")
	ctx := c.Context()
	if o.timeout < 0 {
		return cli.Misuse("write a time such as 30s, or 0 for never", "--timeout %v is negative", o.timeout)
	}
	whole := ctx // of sendOnce, which watches its own progress
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	switch {
	case c.Flags().Changed("writes") && (o.writes < 1 || o.writes > maxWrites):
		return cli.Misuse(fmt.Sprintf("write a number from 1 to %d", maxWrites), "--writes %d is out of range", o.writes)
	case c.Flags().Changed("size") && o.writes == 0:
		return cli.Misuse("it goes with --writes: --writes 20 --size 10", "--size alone says nothing")
	case o.writes > 0 && (o.size < 1 || o.size > tcpecho.MaxSize/o.writes):
		return cli.Misuse(fmt.Sprintf("a write has at least 1 byte, and all together %d at most", tcpecho.MaxSize), "--size %d is out of range", o.size)
	case o.udp && (o.writes > 0 || o.tcpinfo || o.nodelay):
		return cli.Misuse("'go run ./cmd/echo demo datagrams' shows datagrams one by one", "UDP has no segments and no state: --writes, --tcpinfo and --nodelay are for TCP")
	case o.raw && (a.JSON || o.tcpinfo):
		return cli.Misuse("leave --raw out: --json has the bytes in its key hex", "--raw writes the bytes that came back, and nothing else")
	case o.writes > 0 && (len(args) > 0 || o.raw):
		return cli.Misuse("--writes makes its own bytes", "--writes takes no TEXT and no --raw")
	case !hasKernel:
		return needsKernel()
	case o.udp:
		return a.sendDatagram(whole, o, args)
	case o.writes > 0:
		return a.sendWrites(ctx, o)
	}
	began := time.Now()
	nc, err := dial(ctx, "tcp", o.to)
	if err != nil {
		return cannotConnect(o.to, err)
	}
	defer nc.Close()
	return a.sendOnce(whole, nc, time.Since(began), o, args)
}

// A sendRecord is what send says in --json.
type sendRecord struct {
	To       string      `json:"to"`
	Sent     int64       `json:"sent"`
	Received int64       `json:"received"`
	NotSent  int64       `json:"not_sent"` // bytes of the input that the server did not wait for
	Equal    bool        `json:"equal"`    // all of the input was sent and came back
	SHA256   string      `json:"sha256"`   // of what came back
	Hex      string      `json:"hex"`      // what came back, if it is short
	Connect  int64       `json:"connect_us"`
	First    int64       `json:"first_byte_us"`
	Total    int64       `json:"total_us"`
	Error    string      `json:"error"`
	TCPInfo  *infoRecord `json:"tcp_info"`
}

// hexBytes bounds what is shown of what came back.
const hexBytes = 1024

// sendOnce sends the text or stdin over nc, which took so long to connect.
func (a *app) sendOnce(ctx context.Context, nc net.Conn, connected time.Duration, o *sendOptions, args []string) error {
	if d, ok := nc.(interface{ SetNoDelay(bool) error }); ok {
		d.SetNoDelay(o.nodelay)
	}
	in := a.Stdin
	if len(args) > 0 {
		in = strings.NewReader(strings.Join(args, " "))
	} else if term.IsTerminal(in) {
		fmt.Fprintln(a.Stderr, "echo: type what to send; Ctrl-D ends it")
	}
	sum, head := sha256.New(), &head{max: hexBytes}
	out := io.MultiWriter(sum, head)
	if o.raw {
		out = a.Out()
	}
	var info *infoRecord
	if o.tcpinfo { // asked when the last bytes came, since after both FINs the state is only CLOSED
		out = io.MultiWriter(out, writerFunc(func([]byte) { info = readInfo(nc) }))
	}
	ctx, patience := newPatience(ctx, o.timeout, o.strict)
	defer patience.close()
	client := &tcpecho.Client{Conn: nc}
	x, err := client.Send(ctx, patience.input(in), io.MultiWriter(out, patience.output()))
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if o.tcpinfo && info == nil {
		info = readInfo(nc)
	}
	if o.raw {
		if err != nil && a.OutErr() == nil {
			return broke(o.to, err)
		}
		return nil
	}
	r := sendRecord{
		To: o.to, Sent: x.Sent, Received: x.Received, Equal: err == nil, SHA256: hex.EncodeToString(sum.Sum(nil)),
		Connect: connected.Microseconds(), First: x.First.Microseconds(), Total: x.Total.Microseconds(), TCPInfo: info,
	}
	if end := new(tcpecho.EndedError); errors.As(err, &end) {
		r.NotSent = end.Unsent
	}
	if !head.cut {
		r.Hex = hex.EncodeToString(head.Bytes())
	}
	switch {
	case err != nil:
		err = broke(o.to, err)
		r.Error, _ = cli.Parts(err)
		if a.JSON {
			a.PrintJSON(r)
		}
		return err
	case a.JSON:
		return a.PrintJSON(r)
	}
	a.sendScreen(r, head)
	return nil
}

func (a *app) sendScreen(r sendRecord, back *head) {
	s := a.Screen()
	text := "sha256 " + r.SHA256
	if !back.cut && len(back.Bytes()) <= 60 {
		text = fmt.Sprintf("%q", back.Bytes())
	}
	us := func(n int64) string { return micros(time.Duration(n) * time.Microsecond) }
	received := "nothing"
	if r.Received > 0 {
		received = term.Count(r.Received, "byte") + ", the first after " + us(r.First)
	}
	s.Table([][]string{nil,
		{"to", wire.Escape(r.To)},
		{"connect", us(r.Connect) + ", one round trip: SYN there, SYN-ACK back (RFC 9293 3.5)"},
		{"sent", term.Count(r.Sent, "byte") + ", then FIN"},
		{"received", received + ", then FIN after " + us(r.Total)},
		{"", text},
		{"compared", s.Paint(term.Green, "the same, byte for byte")},
	})
	if r.TCPInfo != nil {
		a.infoScreen(r.TCPInfo)
	}
}

// A head keeps the first bytes written to it.
type head struct {
	bytes.Buffer
	max int
	cut bool
}

func (h *head) Write(p []byte) (int, error) {
	if room := h.max - h.Len(); len(p) > room {
		h.cut = true
		h.Buffer.Write(p[:room])
		return len(p), nil
	}
	return h.Buffer.Write(p)
}

// micros writes a time with three figures: "85 µs", "1.23 ms", "2.05 s".
func micros(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
