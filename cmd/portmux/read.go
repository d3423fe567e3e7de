package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"sync/atomic"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/portmux"

	"github.com/spf13/cobra"
)

func (a *app) readCommand() *cobra.Command {
	var by, worldFile string
	var top int
	c := &cobra.Command{
		Use:   "read FILE",
		Short: "Count a capture by flow, port or app",
		Long: `Count the TCP and UDP packets of a capture: pcap or pcapng, also in gzip; "-" is
standard input. The payload is what is left without the headers. A datagram in
fragments counts once, when it is whole. A broken file is read up to the fault.
What is not read, such as a link type, is named and counted in the last line;
with --json the last object has all counts.

Names of services are registered names: what IANA has assigned the port to, not
what runs there. The port of the service is taken to be the one that the first
packet went to.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if by != "flow" && by != "port" && by != "app" {
				return cli.Misuse("count by flow, port or app", "--by: %q is not flow, port or app", by)
			}
			if top < 0 {
				return cli.Misuse("--top 0 shows all", "--top: %d is less than 0", top)
			}
			return a.read(c, args[0], by, worldFile, top)
		},
	}
	c.Flags().StringVar(&by, "by", "flow", "count by flow, port or app")
	c.Flags().IntVar(&top, "top", 20, "how many lines to show; 0 shows all")
	c.Flags().StringVar(&worldFile, "world", "", "with --by app: name the apps of this host (see 'portmux why')")
	return c
}

func (a *app) read(c *cobra.Command, path, by, worldFile string, top int) error {
	file, size := io.Reader(a.Stdin), int64(0)
	if path != "-" {
		f, err := cli.OpenFile(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		file = f
	}
	var done atomic.Int64
	bar := term.StartProgress(a.Stderr, func() string { return progress(done.Load(), size) })
	flows, fault := count(c, &counter{file, &done}, portmux.NewFlows())
	bar.Stop()
	if c.Context().Err() != nil {
		return cli.Exit(1)
	}
	var broken *portmux.CaptureError
	if errors.As(fault, &broken) && flows.Packets == 0 {
		return cli.Failed("captures are pcap or pcapng files, as tcpdump, tshark and Wireshark write them", "%q: %v", path, fault)
	}
	var err error
	switch {
	case by == "flow" && a.JSON:
		err = a.flowsJSON(flows)
	case by == "flow":
		a.flowTable(flows, top)
	case by == "port":
		err = a.portTable(flows.Ports(), top)
	default:
		err = a.appTable(flows, worldFile, top)
	}
	if err != nil {
		return err
	}
	if a.JSON {
		if err := a.summaryJSON(flows); err != nil {
			return err
		}
	} else {
		a.summary(flows)
	}
	if fault != nil {
		return cli.Failed("what stands before that place was read and counted", "%q: %v", path, fault)
	}
	return nil
}

// count adds all packets of a capture to flows, up to its end or its fault.
func count(c *cobra.Command, r io.Reader, flows *portmux.Flows) (*portmux.Flows, error) {
	capture, err := portmux.NewCapture(r)
	if err != nil {
		return flows, err
	}
	done := c.Context().Done()
	for {
		data, err := capture.Next()
		if err == io.EOF {
			return flows, nil
		}
		if err != nil {
			return flows, err
		}
		flows.AddRecord(capture.Link, data, capture.Length)
		if capture.Count&0xfff == 0 {
			select {
			case <-done:
				return flows, nil
			default:
			}
		}
	}
}

// A counter counts what is read, for the progress bar.
type counter struct {
	io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func progress(done, size int64) string {
	if size <= 0 {
		return fmt.Sprintf("%d MB read", done/1e6)
	}
	const width = 30
	full := int(min(done, size) * width / size)
	bar := ""
	for i := range width {
		if i < full {
			bar += "#"
		} else {
			bar += "."
		}
	}
	return fmt.Sprintf("[%s] %3d%%  %d of %d MB", bar, min(done, size)*100/size, done/1e6, size/1e6)
}

// flowsJSON writes one object a flow and direction. A capture can have
// millions, so they are put together by hand.
func (a *app) flowsJSON(flows *portmux.Flows) error {
	out := bufio.NewWriterSize(a.Out(), 64<<10)
	var b []byte
	addr := func(name string, a netip.AddrPort) {
		b = append(append(b, `,"`...), name...)
		b = append(a.Addr().AppendTo(append(b, `":"`...)), `","`...)
		b = append(append(b, name[0]), `port":`...)
		b = strconv.AppendUint(b, uint64(a.Port()), 10)
	}
	for f := range flows.All {
		b = append(append(b[:0], `{"proto":"`...), f.Proto.String()...)
		b = append(b, '"')
		addr("src", f.Src)
		addr("dst", f.Dst)
		b = strconv.AppendUint(append(b, `,"packets":`...), f.Packets, 10)
		b = strconv.AppendUint(append(b, `,"payload_bytes":`...), f.Bytes, 10)
		if _, err := out.Write(append(b, "}\n"...)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (a *app) flowTable(flows *portmux.Flows, top int) {
	list, total := flows.Conversations(top)
	names := services()
	if len(list) > 0 {
		rows := [][]string{{"", "from", "to", "sent", "", "back", "", "registered name"}}
		for _, c := range list {
			port := portmux.ServicePort(c.A.Port(), c.B.Port())
			rows = append(rows, []string{c.Proto.String(), c.A.String(), c.B.String(), fmt.Sprint(c.Sent.Packets), bytesOf(c.Sent.Bytes),
				fmt.Sprint(c.Back.Packets), bytesOf(c.Back.Bytes), names.Name(c.Proto, port)})
		}
		a.Screen().Table(rows)
	}
	a.more(total-len(list), "conversation")
}

func (a *app) more(n int, what string) {
	if n > 0 {
		a.Screen().Printf("... and %s; --top 0 shows all\n", term.Count(n, "more "+what))
	}
}

func bytesOf(n uint64) string { return fmt.Sprintf("%d B", n) }

func (a *app) portTable(list []portmux.PortCount, top int) error {
	names := services()
	rows := [][]string{{"", "port", "conversations", "to it", "", "from it", "", "registered name"}}
	for i, p := range list {
		if a.JSON {
			err := a.PrintJSON(struct {
				Proto         string `json:"proto"`
				Port          uint16 `json:"port"`
				Name          string `json:"registered_name"`
				Conversations uint64 `json:"conversations"`
				Packets       uint64 `json:"packets"`
				Bytes         uint64 `json:"payload_bytes"`
			}{p.Proto.String(), p.Port, names.Name(p.Proto, p.Port), p.Conversations, p.Total().Packets, p.Total().Bytes})
			if err != nil {
				return err
			}
			continue
		}
		if top > 0 && i >= top {
			break
		}
		rows = append(rows, []string{p.Proto.String(), fmt.Sprint(p.Port), fmt.Sprint(p.Conversations), fmt.Sprint(p.In.Packets), bytesOf(p.In.Bytes),
			fmt.Sprint(p.Out.Packets), bytesOf(p.Out.Bytes), names.Name(p.Proto, p.Port)})
	}
	if !a.JSON {
		if len(rows) > 1 {
			a.Screen().Table(rows)
		}
		a.more(len(list)-len(rows)+1, "port")
	}
	return nil
}
