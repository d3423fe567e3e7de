package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/internal/term"
	"onwire/lab"
	"onwire/tcpecho"
)

// A labScene shows one thing on the lab's wire, between a client and a server
// with TCP/IP stacks of their own.
type labScene struct {
	name, title string
	rules       []lab.Rule // the wire's faults, before the user's
	tcp         lab.TCP
	play        func(*labStage)
	after       func(*labStage) // shows what only the end can tell; may be nil
	plot        bool            // the ladder would be too long: a plot stands for it
	why, rfc    string
	predict     []string
}

// A labStage is where a labScene plays.
type labStage struct {
	*app
	*labcli.Run
	client, server *lab.Host
	latency        time.Duration
	plotted        []sample
}

// labWait bounds every wait of a scene, on the lab's clock. TCP itself gives up
// on a SYN after two minutes.
const labWait = 5 * time.Minute

func (a *app) playLab(ctx context.Context, sc labScene, f *labcli.Flags, ideas *labcli.Ideas, version6 bool, head func()) error {
	hosts := []string{"client", "server"}
	if err := f.Check(hosts); err != nil {
		return err
	}
	run, err := f.Start(sc.rules, sc.tcp)
	if err != nil {
		return err
	}
	defer run.Close()
	st := &labStage{app: a, Run: run, latency: f.Latency}
	net4, net6 := "10.0.0.%d/24", "fd00::%d/64"
	for i, h := range []**lab.Host{&st.client, &st.server} {
		prefix := fmt.Sprintf(net4, i+1)
		if version6 {
			prefix = fmt.Sprintf(net6, i+1)
		}
		*h, err = run.Host(hosts[i], netip.MustParsePrefix(prefix))
		if err != nil {
			return cli.Misuse("'--help' tells what the wire can be", "%v", err)
		}
	}
	stop := context.AfterFunc(ctx, func() { run.Close() })
	defer stop()
	sc.play(st)
	run.Close()
	if ctx.Err() != nil {
		return cli.Failed("nothing is lost: run it again", "interrupted")
	}
	show := &labcli.Show{Env: a.Env, Flags: f, Scene: sc.name, Hosts: hosts, Ideas: ideas, Head: head, NoFrames: sc.plot}
	if err := show.Run(ctx, run); err != nil {
		return err
	}
	if sc.after != nil && !a.JSON {
		sc.after(st)
	}
	return nil
}

// serve runs the echo server of this project on the server's port 7, until
// the returned function ends it.
func (st *labStage) serve() (end func()) {
	l, err := st.server.Listen("tcp", ":7")
	if err != nil {
		st.Say(st.server, "cannot listen: %v", err)
		return func() {}
	}
	srv := &tcpecho.Server{Clock: st.server}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(l)
	}()
	return func() {
		srv.Close()
		<-done
	}
}

// accept takes the server's next connection; nil: none will come.
func (st *labStage) accept(l net.Listener) net.Conn {
	c, err := l.Accept()
	if err != nil {
		return nil
	}
	c.SetDeadline(st.server.Now().Add(labWait))
	return c
}

// swallow reads to the end, and says how far that was.
func (st *labStage) swallow(c net.Conn) {
	n, err := io.Copy(io.Discard, c)
	if err != nil {
		st.Say(st.server, "has read %d bytes, then: %v", n, cli.NetCause(err))
		return
	}
	st.Say(st.server, "has read %d bytes, to the end", n)
}

// connect dials the server's port 7, and says what came of it.
func (st *labStage) connect() *lab.Conn {
	c, err := st.client.Dial("tcp", "server:7")
	if err != nil {
		st.Say(st.client, "connect: %v", cli.NetCause(err))
		return nil
	}
	c.SetDeadline(st.client.Now().Add(labWait))
	return c.(*lab.Conn)
}

// exchange writes text, reads it back, and closes in peace.
func (st *labStage) exchange(text string) {
	end := st.serve()
	defer end()
	c := st.connect()
	if c == nil {
		return
	}
	st.send(c, text)
	st.receive(c, len(text))
	st.finish(c)
}

func (st *labStage) send(c *lab.Conn, text string) {
	st.Say(st.client, "writes %s", short(text))
	if _, err := io.WriteString(c, text); err != nil {
		st.Say(st.client, "write: %v", cli.NetCause(err))
	}
}

func (st *labStage) receive(c *lab.Conn, n int) {
	b := make([]byte, n)
	n, err := io.ReadFull(c, b)
	if err != nil {
		st.Say(st.client, "read %d bytes, then: %v", n, cli.NetCause(err))
		return
	}
	st.Say(st.client, "reads %s", short(string(b[:n])))
}

// drain closes the client's half and reads to the end.
func (st *labStage) drain(c *lab.Conn) {
	c.CloseWrite()
	if _, err := io.Copy(io.Discard, c); err != nil {
		st.Say(st.client, "read: %v", cli.NetCause(err))
	}
}

// finish drains and closes, and waits until the wire is quiet.
func (st *labStage) finish(c *lab.Conn) {
	st.drain(c)
	c.Close()
	st.client.Sleep(time.Second)
}

// short quotes a text, the start of it where it is long.
func short(text string) string {
	if len(text) > 20 {
		return fmt.Sprintf("%d bytes", len(text))
	}
	return fmt.Sprintf("%q", text)
}

// headline opens a scene on the screen.
func (a *app) headline(title string, first bool) {
	s := a.Screen()
	if !first {
		s.Printf("\n")
	}
	s.Printf("%s\n", s.Paint(term.Bold, "== "+title))
}

func (a *app) moral(why, rfc string) {
	s := a.Screen()
	s.Printf("  %s\n", s.Wrap(2, s.Paint(term.Dim, "why: ")+strings.TrimSpace(why)+" ("+rfc+")"))
}
