package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"
)

const patience = 5 * time.Second // for anything on loopback

// demoSockets plays the demo through the kernel: two UDP sockets and a TCP
// listener on 127.0.0.1, on ports that the kernel chooses.
func (a *app) demoSockets(ctx context.Context) error {
	d := &socketDemo{app: a}
	if !a.JSON {
		a.head("Real sockets on 127.0.0.1: the kernel is the demultiplexer")
	}
	err := d.play(ctx)
	if errors.Is(err, context.Canceled) {
		return cli.Exit(1)
	}
	if err != nil {
		return cli.Failed("is the loopback interface up? 'ip link set lo up' brings it up", "%v", err)
	}
	if !a.JSON {
		a.predict(`Predict first, then try:
1. While the demo runs nobody else can bind its ports. What would the second get?
2. 'portmux demo' without --sockets shows the packets that the kernel hid here.
3. Which of these ports does 'portmux ports -p' show once the demo has ended?`)
	}
	return nil
}

type socketDemo struct {
	*app
	n int
}

func (d *socketDemo) play(ctx context.Context) error {
	game, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer game.Close()
	video, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer video.Close()
	web, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer web.Close()
	stop := context.AfterFunc(ctx, func() { game.Close(); video.Close(); web.Close() })
	defer stop()
	gameAt, videoAt := game.LocalAddr().String(), video.LocalAddr().String()
	if !d.JSON {
		d.Screen().Printf("  game  UDP %s    video  UDP %s    web  TCP %s\n\n", port(gameAt), port(videoAt), port(web.Addr().String()))
	}
	apps := map[string]net.PacketConn{"game": game, "video": video}
	for _, s := range []struct {
		to, what string
		size     int
	}{{videoAt, "frame 1", 1200}, {gameAt, "move", 24}, {videoAt, "frame 2", 1180}, {gameAt, "move", 26}} {
		if err := d.datagram(ctx, apps, s.to, s.what, s.size); err != nil {
			return err
		}
	}
	if err := d.connection(ctx, web); err != nil {
		return err
	}
	if err := d.closedPort(ctx); err != nil {
		return err
	}
	if !d.JSON {
		d.head("Now the game and the video swap their ports")
	}
	// The sockets stay; only who reads which one changes.
	swapped := map[string]net.PacketConn{"game": video, "video": game}
	return d.datagram(ctx, swapped, videoAt, "frame 3", 1210)
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// datagram sends to an address and sees which app's socket it comes out of.
func (d *socketDemo) datagram(ctx context.Context, apps map[string]net.PacketConn, to, what string, size int) error {
	conn, err := net.Dial("udp4", to)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(make([]byte, size)); err != nil {
		return err
	}
	type arrival struct {
		app string
		n   int
		err error
	}
	got := make(chan arrival, len(apps))
	for name, c := range apps {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		go func() {
			n, _, err := c.ReadFrom(make([]byte, 2048))
			got <- arrival{name, n, err}
		}()
	}
	first := <-got
	for _, c := range apps {
		_ = c.SetReadDeadline(time.Now()) // the other waits no longer
	}
	for range len(apps) - 1 {
		<-got
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if first.err != nil {
		return fmt.Errorf("nothing came out of any socket: %w", first.err)
	}
	d.line("UDP", conn.LocalAddr(), to, first.n, what, "["+strings.ToUpper(first.app)+"]", term.Green)
	return nil
}

// connection lets a client connect to the web server and say something.
func (d *socketDemo) connection(ctx context.Context, web net.Listener) error {
	_ = web.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp4", web.Addr().String())
	if err != nil {
		return err
	}
	defer conn.Close()
	accepted, err := web.Accept()
	if err != nil {
		return err
	}
	defer accepted.Close()
	const request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	_ = accepted.SetReadDeadline(time.Now().Add(patience))
	n, err := io.ReadFull(accepted, make([]byte, len(request)))
	if err != nil {
		return err
	}
	d.line("TCP", conn.LocalAddr(), web.Addr().String(), n, "GET /", "[WEB]", term.Blue)
	return nil
}

// closedPort sends to a port where nobody listens. A free one might be taken
// before we get there, so it is the port of a socket that is connected to
// port 9, from which alone it takes anything.
func (d *socketDemo) closedPort(ctx context.Context) error {
	nobody, err := net.Dial("udp4", "127.0.0.1:9")
	if err != nil {
		return err
	}
	defer nobody.Close()
	to := nobody.LocalAddr().String()
	conn, err := net.Dial("udp4", to)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := conn.Write([]byte("anybody?")); err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	_, err = conn.Read(make([]byte, 16))
	end := "silence"
	if errors.Is(err, syscall.ECONNREFUSED) || err != nil && strings.Contains(err.Error(), "forcibly closed") {
		end = "nobody: connection refused"
	}
	d.line("UDP", conn.LocalAddr(), to, 8, "a closed port", end, term.Red)
	return ctx.Err()
}

func (d *socketDemo) line(proto string, from net.Addr, to string, size int, what, end string, style term.Style) {
	d.n++
	evidence := wire.Kernel // which app got it is what the kernel did
	if d.JSON {
		_ = d.PrintJSON(struct {
			Kind     string        `json:"kind"`
			N        int           `json:"n"`
			Proto    string        `json:"proto"`
			From     string        `json:"from"`
			To       string        `json:"to"`
			Bytes    int           `json:"payload_bytes"`
			Label    string        `json:"label"`
			Result   string        `json:"result"`
			Evidence wire.Evidence `json:"evidence"`
		}{"packet", d.n, strings.ToLower(proto), from.String(), to, size, what, end, evidence})
		return
	}
	s := d.Screen()
	left := fmt.Sprintf("%2d %s %5s > %-5s %4d B  %s", d.n, proto, port(from.String()), port(to), size, what)
	arrow, arrowStyle := "===>", term.Dim
	if refusal, ok := strings.CutPrefix(end, "nobody: "); ok {
		arrow, arrowStyle, end = "==X", term.Red, refusal
	}
	s.Printf("%s %s %s  %s\n", term.Pad(left, min(45, s.Width-22)), s.Paint(arrowStyle, arrow), s.Paint(style, end), s.Paint(term.Dim, string(evidence)))
	d.Pause()
}
