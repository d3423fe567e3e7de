package main

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/tcpecho"
	"onwire/wire"
)

// A stage is where a scene plays: sockets on loopback, and the screen. What it
// opened is closed when the scene ends.
type stage struct {
	*app
	ctx    context.Context
	scene  string
	began  time.Time
	opened []io.Closer
	shown  int
}

func (st *stage) keep(c io.Closer) { st.opened = append(st.opened, c) }

func (st *stage) close() {
	for _, c := range st.opened {
		c.Close()
	}
}

// sceneWait bounds every wait of a scene. Nothing in it takes as long.
const sceneWait = 5 * time.Second

// listen opens a listener on a free port of loopback.
func (st *stage) listen() (*net.TCPListener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(st.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	st.keep(l)
	return l.(*net.TCPListener), nil
}

// dial connects to an address on loopback.
func (st *stage) dial(addr net.Addr) (*net.TCPConn, error) {
	d := net.Dialer{Timeout: sceneWait}
	c, err := d.DialContext(st.ctx, "tcp", addr.String())
	if err != nil {
		return nil, err
	}
	st.keep(c)
	c.SetDeadline(time.Now().Add(sceneWait))
	return c.(*net.TCPConn), nil
}

// pair returns both ends of a connection.
func (st *stage) pair() (client, server *net.TCPConn, err error) {
	l, err := st.listen()
	if err != nil {
		return nil, nil, err
	}
	if client, err = st.dial(l.Addr()); err != nil {
		return nil, nil, err
	}
	l.SetDeadline(time.Now().Add(sceneWait))
	if server, err = l.AcceptTCP(); err != nil {
		return nil, nil, err
	}
	st.keep(server)
	server.SetDeadline(time.Now().Add(sceneWait))
	return client, server, nil
}

// pause lets the kernel do what it does in the background, such as bringing
// the bytes of a write to the other end of loopback.
func (st *stage) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-st.ctx.Done():
	}
}

// say shows an event, after the first one waiting for Enter with --step.
func (st *stage) say(from, to, label string, ev wire.Evidence) { st.event(from, to, "TCP", label, ev) }

func (st *stage) event(from, to, layer, label string, ev wire.Evidence) {
	if st.JSON {
		st.PrintJSON(cli.SceneEvent{Scene: st.scene, Event: wire.Event{T: time.Since(st.began), From: from, To: to, Layer: layer, Label: label, Evidence: ev}})
		return
	}
	if st.shown++; st.shown > 1 {
		st.Pause()
	}
	s := st.Screen()
	who := from
	if to != "" {
		who += " -> " + to
	}
	lines := strings.Split(s.Wrap(31, label), "\n")
	s.Printf("  %s%s%s\n", s.Paint(term.Blue, term.Pad(who, 20)), s.Paint(term.Dim, term.Pad(string(ev), 9)), strings.Join(lines, "\n"))
}

// state returns the state of a connection as the kernel reports it, or "".
func state(c net.Conn) string {
	info, err := tcpecho.ReadInfo(c)
	if err != nil {
		return ""
	}
	return info.State
}

// result names what a Read or Write returned, in the words of a student.
func result(err error) string {
	switch {
	case err == nil:
		return "done"
	case err == io.EOF:
		return "EOF, the end of the stream"
	case cli.IsAny(err, os.ErrDeadlineExceeded):
		return "nothing, until the timeout"
	}
	return "\"" + strings.TrimPrefix(cli.NetCause(err).Error(), "wsarecv: ") + "\""
}
