package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"

	"onwire/internal/cli"
	"onwire/internal/tap"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

// A framesOptions is what frames was asked to do.
type framesOptions struct {
	file      string
	from      string
	ports     []uint
	hex, bits int
}

func framesCommand(env *cli.Env) *cobra.Command {
	var o framesOptions
	c := &cobra.Command{
		Use:   "frames FILE",
		Short: "Show the HTTP/2 frames and gRPC calls in a capture or a recording",
		Long: `Show the frames of HTTP/2, a line each, and the calls of gRPC that they carry.
FILE, or "-" for standard input, is one of

  a capture    pcap or pcapng, also in gzip, as tcpdump and Wireshark write it
  a recording  what tap --record has written
  bytes        what one side sent, from its start; --from server if the server

A capture must have the start of a connection: the headers stand in tables that
grow from there. What is inside TLS cannot be shown.

Exit 0 if all could be read and keeps the rules, 1 if not, 2 asked wrongly.`,
		Example: `  grpcshow frames capture.pcapng --port 8888
  grpcshow frames capture.pcapng --bits 7
  grpcshow frames --json said.jsonl`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 1:
				o.file = args[0]
			case term.IsTerminal(env.Stdin):
				return cli.Misuse("name a file, or give it through a pipe", "nothing to read")
			default:
				o.file = "-"
			}
			for _, flag := range []string{"hex", "bits"} {
				if n, _ := c.Flags().GetInt(flag); c.Flags().Changed(flag) && n < 1 {
					return cli.Misuse("without the flag each frame is shown in a line", "--%s %d: frames count from 1", flag, n)
				}
			}
			if o.hex > 0 && o.bits > 0 {
				return cli.Misuse("--bits shows every byte too", "--hex and --bits are both given")
			}
			return showFile(c.Context(), env, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.from, "from", "", "take FILE for the bytes that one side sent: client or server")
	f.UintSliceVar(&o.ports, "port", nil, "show the connections with this port at either end; may be given again")
	f.IntVar(&o.hex, "hex", 0, "open frame `N`: every byte")
	f.IntVar(&o.bits, "bits", 0, "open frame `N`: every bit, and why it is so")
	return c
}

// check returns which connections are wanted, or what is wrong with the options.
func (o *framesOptions) check() (wants func(client, server netip.AddrPort) bool, err error) {
	if o.from != "" && o.from != "client" && o.from != "server" {
		return nil, cli.Misuse("write --from client or --from server", "--from %q is neither side", o.from)
	}
	for _, p := range o.ports {
		if p > 65535 {
			return nil, cli.Misuse("a port is a number from 0 to 65535", "--port %d: there is no such port", p)
		}
	}
	switch {
	case len(o.ports) == 0:
		return nil, nil
	case o.from != "":
		return nil, cli.Misuse("leave one of them out", "bytes of one side, --from, have no --port")
	}
	return func(client, server netip.AddrPort) bool {
		for _, p := range o.ports {
			if uint(client.Port()) == p || uint(server.Port()) == p {
				return true
			}
		}
		return false
	}, nil
}

// A reading is a file being shown.
type reading struct {
	framesOptions
	watcher
	printer notePrinter
	err     error // of the output
	shown   int   // frames
	wrong   error // the first fault
	lasting bool  // a capture: a connection may outlast it
}

func showFile(ctx context.Context, env *cli.Env, o framesOptions) error {
	wants, err := o.check()
	if err != nil {
		return err
	}
	in, err := env.Open(ctx, o.file)
	if err != nil {
		return err
	}
	defer in.Close()
	r := &reading{framesOptions: o, printer: notePrinter{env: env}}
	r.wants, r.tell = wants, r.show
	switch {
	case o.bits > 0:
		r.printer.detail = bits
	case o.hex > 0:
		r.printer.detail = octets
	}
	env.Hold()
	defer env.Release()
	err = r.read(bufio.NewReaderSize(in, 64<<10))
	switch {
	case ctx.Err() != nil:
		return cli.Exit(1)
	case r.err != nil:
		return r.err
	case err != nil:
		return err
	}
	return r.verdict()
}

// read finds out what kind of file it is, and reads it.
func (r *reading) read(in *bufio.Reader) error {
	head, err := in.Peek(24)
	if err != nil && err != io.EOF {
		return cli.CannotRead(r.file, err)
	}
	switch {
	case len(head) == 0:
		return cli.Failed("give a capture, a recording, or the bytes that one side sent", "%q is empty", r.file)
	case r.from == "server":
		return r.side(in, tap.Server)
	case r.from == "client" || bytes.HasPrefix(head, []byte("PRI ")):
		return r.side(in, tap.Client)
	case head[0] == '{':
		r.lasting = true
		if err := tap.Replay(in, r.event); err != nil {
			return r.fault("what stands before that line was read", err)
		}
	case isCapture(head):
		r.lasting = true
		return r.capture(in)
	default:
		return cli.Failed("bytes of a client start with the preface, PRI * HTTP/2.0; for those of a server say --from server",
			"%q is no capture, no recording of tap, and no start of HTTP/2: it starts with %x", r.file, head[:min(8, len(head))])
	}
	r.close()
	return nil
}

// isCapture looks for what pcap, pcapng and gzip files start with.
func isCapture(b []byte) bool {
	for _, magic := range []string{"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1", "\n\r\r\n", "\x1f\x8b"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	return false
}

// event watches an event, as long as somebody takes what is shown.
func (r *reading) event(e tap.Event) error {
	r.watch(e)
	return r.err
}

func (r *reading) fault(hint string, err error) error {
	return cli.Failed(hint, "%q: %v", r.file, err)
}

// side reads what one side sent.
func (r *reading) side(in io.Reader, from tap.Side) error {
	r.oneSided, r.printer.last = true, 1 // there is no connection to speak of
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			if err := r.event(tap.Event{Kind: tap.Data, Conn: 1, From: from, Bytes: buf[:n], Whole: true}); err != nil {
				return err
			}
		}
		if err == io.EOF {
			r.close()
			return nil
		}
		if err != nil {
			return cli.CannotRead(r.file, err)
		}
	}
}

// show shows a note, if it is asked for.
func (r *reading) show(n note) {
	only := max(r.hex, r.bits)
	switch n.kind {
	case noteFrame:
		r.shown++
		if n.frame.Err != nil {
			r.blame(fmt.Sprintf("--bits %d opens it", n.number), "frame %d: %v", n.number, n.frame.Err)
		}
	case noteBlind:
		r.unread(n)
	case noteCut:
		if !r.lasting {
			r.unread(n)
		}
	}
	if only > 0 && (n.kind != noteFrame || n.number != only) {
		return
	}
	if r.oneSided && n.kind != noteFrame {
		return // it is in the verdict
	}
	if r.err == nil {
		r.err = r.printer.print(n)
	}
}

// unread blames what could not be read.
func (r *reading) unread(n note) {
	hint, where := "what stands before that place was read", ""
	if r.shown == 0 {
		hint = "HTTP/2 without TLS can be read, from the start of a connection on"
	}
	if !r.oneSided {
		where = fmt.Sprintf("connection %d: ", n.conn)
	}
	r.blame(hint, "%s%v", where, n.err)
}

// blame notes a fault, if it is the first.
func (r *reading) blame(hint, format string, args ...any) {
	if r.wrong == nil {
		r.wrong = cli.Failed(hint, "%q: "+format, append([]any{r.file}, args...)...)
	}
}

// verdict says what is wrong with the file, if something is.
func (r *reading) verdict() error {
	s, env := r.printer.env.Screen(), r.printer.env
	only := max(r.hex, r.bits)
	switch {
	case r.shown == 0 && r.wrong != nil:
		return r.wrong
	case r.shown == 0 && r.why != nil:
		return cli.Failed("gRPC is HTTP/2 without TLS here, and a capture must have the start of the connection",
			"%q: no connection is HTTP/2; of the first, %v", r.file, r.why)
	case r.shown == 0 && len(r.ports) > 0:
		return cli.Failed("without --port all connections are read", "%q: no connection with that port has frames of HTTP/2", r.file)
	case r.shown == 0:
		return cli.Failed("a capture of loopback is made on the interface lo", "%q: no connection has frames of HTTP/2", r.file)
	case only > r.shown:
		return cli.Failed(fmt.Sprintf("write a number from 1 to %d", r.shown), "%q: there is no frame %d", r.file, only)
	case only > 0:
		return nil
	}
	if left := r.other + r.lost; left > 0 && r.silent && !env.JSON {
		s.Printf("\n%s\n", s.Wrap(0, fmt.Sprintf("%s not shown: no HTTP/2 from its start", count(left, "connection is", "connections are"))))
	}
	return r.wrong
}
