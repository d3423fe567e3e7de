package main

import (
	"errors"
	"io"
	"time"

	"onwire/internal/tap"
	"onwire/portmux"
	"onwire/wire/tcpstream"
)

// capture reads a capture file.
func (r *reading) capture(in io.Reader) error {
	r.silent = len(r.ports) == 0 // who names a port wants to know
	const hint = "captures are pcap or pcapng files, as tcpdump and Wireshark write them; what stands before the fault was read"
	c, err := portmux.NewCapture(in)
	if err != nil {
		return r.fault(hint, err)
	}
	a := tcpstream.New((*segments)(r))
	for {
		b, err := c.Next()
		if err != nil {
			a.Close()
			r.close()
			if !errors.Is(err, io.EOF) {
				return r.fault(hint, err)
			}
			return r.err
		}
		t, _ := c.Time()
		if a.AddRecord(c.Link, b, c.Length, t); r.err != nil {
			return r.err
		}
	}
}

// segments tells a reading what tcpstream puts together.
type segments reading

func (s *segments) event(c *tcpstream.Conn, t time.Time, server bool, e tap.Event) {
	e.Conn, e.T, e.Client, e.Server, e.Whole = c.Number, t, c.Client, c.Server, c.Whole
	if server {
		e.From = tap.Server
	}
	(*reading)(s).watch(e)
}

func (s *segments) Open(c *tcpstream.Conn, t time.Time) {
	s.event(c, t, false, tap.Event{Kind: tap.Open})
}

func (s *segments) Data(c *tcpstream.Conn, t time.Time, server bool, b []byte) {
	s.event(c, t, server, tap.Event{Kind: tap.Data, Bytes: b})
}

func (s *segments) Gap(c *tcpstream.Conn, t time.Time, server bool, missing int64) {
	s.event(c, t, server, tap.Event{Kind: tap.Gap, N: missing})
}

func (s *segments) End(c *tcpstream.Conn, t time.Time, server, reset bool) {
	e := tap.Event{Kind: tap.End}
	if reset {
		e.Err = errors.New("reset")
	}
	s.event(c, t, server, e)
}
