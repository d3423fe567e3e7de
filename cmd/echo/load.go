package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/tcpecho"
	"onwire/wire"

	"github.com/spf13/cobra"
)

type loadOptions struct {
	conns, size int
	rate        float64
	duration    time.Duration
	mode        string
	tcpinfo     bool
	seed        uint64
}

func (a *app) loadCommand() *cobra.Command {
	o := &loadOptions{}
	c := &cobra.Command{
		Use:   "load [ADDR]",
		Short: "Measure how fast an echo server is",
		Long: `Send messages over many connections and measure how they come back.

With --rate, each message has a time at which it is due, and its latency counts
from there. A tool that counts from when it got round to sending leaves out
the messages that a slow answer held up: coordinated omission.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.load(c.Context(), o, args) },
	}
	f := c.Flags()
	f.IntVar(&o.conns, "conns", 10, "connections")
	f.IntVar(&o.size, "size", 64, "bytes per message")
	f.Float64Var(&o.rate, "rate", 0, "messages a second over all connections; 0 is as fast as it goes")
	f.DurationVar(&o.duration, "duration", 2*time.Second, "for how long")
	f.StringVar(&o.mode, "mode", "ping", "ping: one message at a time on a connection; stream: no waiting")
	f.Uint64Var(&o.seed, "seed", 1, "another seed, other bytes; the same seed, the same bytes")
	f.BoolVar(&o.tcpinfo, "tcpinfo", false, "also what the kernel says about one of the connections")
	return c
}

// maxDuration keeps a slip of the finger from running for days.
const maxDuration = time.Hour

func (o *loadOptions) check() error {
	switch {
	case o.conns < 1 || o.conns > tcpecho.MaxLoadConns:
		return cli.Misuse(fmt.Sprintf("write a number from 1 to %d", tcpecho.MaxLoadConns), "--conns %d is out of range", o.conns)
	case o.size < 1 || o.size > tcpecho.MaxSize:
		return cli.Misuse(fmt.Sprintf("write a number of bytes from 1 to %d", tcpecho.MaxSize), "--size %d is out of range", o.size)
	case o.rate != 0 && !(o.rate >= tcpecho.MinRate && o.rate <= tcpecho.MaxRate): // NaN too
		return cli.Misuse(fmt.Sprintf("write messages a second, from %g to %.0f, or 0 for as fast as it goes", tcpecho.MinRate, tcpecho.MaxRate), "--rate %v is out of range", o.rate)
	case o.duration <= 0 || o.duration > maxDuration:
		return cli.Misuse("write a time up to 1h, such as 2s", "--duration %v is out of range", o.duration)
	case o.mode != string(tcpecho.Ping) && o.mode != string(tcpecho.Stream):
		return cli.Misuse("the modes are ping and stream", "there is no --mode %q", o.mode)
	case int64(o.conns)*int64(o.size) > 1<<32:
		return cli.Misuse("fewer connections, or smaller messages", "%d connections with %d bytes each need more memory than most have", o.conns, o.size)
	}
	return nil
}

// A loadRecord is what load says in --json.
type loadRecord struct {
	Addr       string      `json:"addr"`
	Mode       string      `json:"mode"`
	Conns      int         `json:"conns"`
	Size       int         `json:"size"`
	Rate       float64     `json:"rate"`
	Elapsed    int64       `json:"elapsed_us"`
	Requests   int64       `json:"requests"`
	Bytes      int64       `json:"bytes"`
	RPS        float64     `json:"rps"`
	Min        *float64    `json:"min_us"` // null, as all that follow, where no message came back
	Mean       *float64    `json:"mean_us"`
	P50        *float64    `json:"p50_us"`
	P90        *float64    `json:"p90_us"`
	P99        *float64    `json:"p99_us"`
	P999       *float64    `json:"p999_us"`
	Max        *float64    `json:"max_us"`
	Uncorr     *float64    `json:"uncorrected_p99_us"`
	Errors     int64       `json:"errors"`
	Error      string      `json:"error"`
	CPUPerReq  *float64    `json:"cpu_us_per_request"`
	CPUPercent float64     `json:"cpu_percent"`
	TCPInfo    *infoRecord `json:"tcp_info"`
}

func (a *app) load(ctx context.Context, o *loadOptions, args []string) error {
	addr, err := peerAddress(args)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	if err := needsKernel(); err != nil {
		return err
	}
	progress := &tcpecho.Progress{}
	began := time.Now()
	line := term.StartProgress(a.Stderr, func() string {
		return fmt.Sprintf("%.0f s: %d of %d connections, %d messages, %d errors",
			time.Since(began).Seconds(), progress.Conns.Load(), o.conns, progress.Requests.Load(), progress.Errors.Load())
	})
	var info *infoRecord
	first := make(chan net.Conn, 1)
	cfg := tcpecho.LoadConfig{
		Dial: func(ctx context.Context) (net.Conn, error) {
			nc, err := dial(ctx, "tcp", addr)
			if err == nil && o.tcpinfo {
				nc = &lastWord{Conn: nc, first: first, info: &info}
			}
			return nc, err
		},
		Conns: o.conns, Size: o.size, Seed: o.seed, Rate: o.rate, Duration: o.duration,
		Mode: tcpecho.Mode(o.mode), Progress: progress,
	}
	report, err := tcpecho.Load(ctx, cfg)
	line.Stop()
	if err != nil {
		return cannotConnect(addr, err)
	}
	r := newLoadRecord(addr, o, &report, info)
	if a.JSON {
		if err := a.PrintJSON(r); err != nil {
			return err
		}
	} else {
		a.loadScreen(r, &report)
	}
	switch {
	case report.Errors > 0:
		return cli.Failed(hintForErrors(&report, o), "%d of %d connections failed; the first: %s", report.Errors, o.conns, loadCause(report.Err))
	case ctx.Err() != nil && report.Requests == 0:
		return cli.Failed("nothing is lost: run it again", "interrupted before a message had come back")
	case report.Requests == 0:
		return cli.Failed("is it an echo server? 'go run ./cmd/echo' is one", "no message came back from %q", addr)
	}
	return nil
}

// lastWord asks the kernel about the first connection of a load before it is
// closed.
type lastWord struct {
	net.Conn
	first chan net.Conn
	info  **infoRecord
}

// Close takes the answer along.
func (l *lastWord) Close() error {
	select {
	case l.first <- l.Conn:
		*l.info = readInfo(l.Conn)
	default:
	}
	return l.Conn.Close()
}

func hintForErrors(r *tcpecho.Report, o *loadOptions) string {
	switch {
	case noDescriptors(r.Err):
		return fmt.Sprintf("this process may not open so many: try --conns %d, or raise 'ulimit -n'", max(r.Conns, 1))
	case r.Conns < o.conns:
		return "does the server allow so many connections?"
	}
	return "is it an echo server? does it allow so many connections?"
}

// loadCause says why a connection failed.
func loadCause(err error) string {
	switch {
	case cli.IsAny(err, io.EOF, io.ErrUnexpectedEOF):
		return "the server closed the connection"
	case cli.IsAny(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	}
	return cli.NetCause(err).Error()
}

// noDescriptors reports whether this process ran out of file descriptors.
func noDescriptors(err error) bool {
	return cli.IsAny(err, syscall.EMFILE, syscall.ENFILE, syscall.Errno(10024)) // of Winsock
}

func newLoadRecord(addr string, o *loadOptions, r *tcpecho.Report, info *infoRecord) loadRecord {
	us := func(d time.Duration) *float64 {
		if r.Requests == 0 {
			return nil
		}
		f := float64(d.Nanoseconds()) / 1000
		return &f
	}
	l := &r.Latency
	rec := loadRecord{
		Addr: addr, Mode: o.mode, Conns: r.Conns, Size: o.size, Rate: o.rate, Elapsed: r.Elapsed.Microseconds(),
		Requests: r.Requests, Bytes: r.Bytes, RPS: r.RPS(),
		Min: us(l.Min()), Mean: us(l.Mean()), P50: us(l.Percentile(50)), P90: us(l.Percentile(90)),
		P99: us(l.Percentile(99)), P999: us(l.Percentile(99.9)), Max: us(l.Max()),
		Uncorr: us(r.Service.Percentile(99)), Errors: r.Errors, TCPInfo: info,
		CPUPerReq: us(r.CPU / time.Duration(max(r.Requests, 1))),
	}
	if r.Err != nil {
		rec.Error = loadCause(r.Err)
	}
	if r.Elapsed > 0 {
		rec.CPUPercent = 100 * r.CPU.Seconds() / r.Elapsed.Seconds()
	}
	return rec
}

func (a *app) loadScreen(r loadRecord, report *tcpecho.Report) {
	s := a.Screen()
	us := func(f *float64) string { return micros(time.Duration(*f * 1000)) }
	rows := [][]string{nil,
		{"load", fmt.Sprintf("%s on %s to %s, %s a message, %s", r.Mode, term.Count(r.Conns, "connection"), wire.Escape(r.Addr), term.Count(r.Size, "byte"), micros(report.Elapsed))},
	}
	if r.Requests == 0 {
		s.Table(append(rows, []string{"messages", "none came back, so there is nothing to measure"}))
		return
	}
	rows = append(rows,
		[]string{"messages", fmt.Sprintf("%d, %s a second", r.Requests, s.Paint(term.Bold, fmt.Sprintf("%.0f", r.RPS)))},
		[]string{"bytes", fmt.Sprintf("%d, %.1f MB/s each way", r.Bytes, float64(r.Bytes)/1e6/max(report.Elapsed.Seconds(), 1e-9))},
		[]string{"latency", fmt.Sprintf("50 %%: %s, 90 %%: %s, 99 %%: %s, 99.9 %%: %s, worst: %s", us(r.P50), us(r.P90), us(r.P99), us(r.P999), us(r.Max))},
	)
	if r.Rate > 0 {
		rate := strconv.FormatFloat(r.Rate, 'f', -1, 64)
		if r.RPS < 0.95*r.Rate {
			rows[2][1] += ", of the " + rate + " that were due: it does not keep up"
		}
		rows = append(rows, []string{"", fmt.Sprintf("counted from when each message was due, at %s a second; counted from when it was sent, 99 %% would be %s (coordinated omission)", rate, us(r.Uncorr))})
	}
	rows = append(rows, []string{"own CPU", fmt.Sprintf("%.1f µs a message, %.0f %% of one core: near 100 %% or above, the generator is the limit", *r.CPUPerReq, r.CPUPercent)})
	s.Table(rows)
	a.plot(&report.Latency)
	if r.TCPInfo != nil {
		a.infoScreen(r.TCPInfo)
	}
}

// plot draws the histogram, a row for each range of latency.
func (a *app) plot(h *tcpecho.Histogram) {
	s := a.Screen()
	bars := h.Bars()
	most := int64(1)
	for _, b := range bars {
		most = max(most, b.Count)
	}
	if len(bars) > 0 {
		s.Printf("\n%s\n", s.Paint(term.Dim, "  up to     share"))
	}
	columns := min(50, s.Width-20)
	for _, b := range bars {
		share := 100 * float64(b.Count) / float64(h.Count())
		length := int(int64(columns) * b.Count / most)
		bar := strings.Repeat("#", length)
		if b.Count > 0 && length == 0 {
			bar = "." // there is something
		}
		line := fmt.Sprintf("%8s  %6.2f %%  %s", micros(b.To), share, s.Paint(term.Cyan, bar))
		s.Printf("%s\n", strings.TrimRight(line, " "))
	}
}
