package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"onwire/lab"
)

// The hosts of the lab: ours with the three apps, one that plays and browses,
// one that sends the video.
const (
	hostName   = "host"
	playerName = "player"
	studioName = "studio"
)

// labPatience is how long, on the lab's clock, the browser waits for an answer.
const labPatience = 20 * time.Second

// settle is how long the wire is watched after the last app has said its word:
// connections are still being closed.
const settle = 2 * time.Second

// A scenery is the lab with its apps. What they got is known when play is over.
type scenery struct {
	net                  *lab.Network
	host, player, studio *lab.Host
	random               *rand.Rand

	apps sync.WaitGroup
	mu   sync.Mutex
	read map[string]int // datagrams, or bytes of a stream, that each app has read
	page string         // what the browser was told, or why it was not
}

// newScenery makes the hosts.
func newScenery(network *lab.Network, seed uint64) (*scenery, error) {
	s := &scenery{net: network, random: rand.New(rand.NewPCG(seed, 7)), read: map[string]int{}}
	var err error
	for _, h := range []struct {
		host **lab.Host
		name string
		addr string
	}{{&s.host, hostName, "10.9.0.2/24"}, {&s.player, playerName, "10.9.0.1/24"}, {&s.studio, studioName, "10.9.0.3/24"}} {
		if *h.host, err = network.Host(h.name, netip.MustParsePrefix(h.addr)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// play runs the apps and their users until all is said, or ctx ends.
func (s *scenery) play(ctx context.Context) error {
	defer s.apps.Wait()
	defer s.net.Close()
	defer context.AfterFunc(ctx, func() { s.net.Close() })()
	game, err := s.host.ListenPacket("udp", fmt.Sprintf(":%d", gamePort))
	if err != nil {
		return err
	}
	video, err := s.host.ListenPacket("udp", fmt.Sprintf(":%d", videoPort))
	if err != nil {
		return err
	}
	web, err := s.host.Listen("tcp", fmt.Sprintf(":%d", webPort))
	if err != nil {
		return err
	}
	s.apps.Go(func() { s.receive("game", game, 0) })
	s.apps.Go(func() { s.receive("video", video, drawing) })
	s.apps.Go(func() { s.serveWeb(web) })

	var users sync.WaitGroup
	users.Go(s.sendVideo)
	users.Go(s.playGame)
	users.Go(func() { s.browse(ctx) })
	users.Wait()
	s.host.Sleep(settle)
	return ctx.Err()
}

// drawing is how long the video app is busy with each piece: it reads the next
// only then, and what comes meanwhile waits in its socket's queue.
const drawing = 120 * time.Millisecond

// receive is an app with a UDP socket.
func (s *scenery) receive(app string, conn net.PacketConn, busy time.Duration) {
	buf := make([]byte, 2048)
	for {
		_, _, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			s.got(app, 1)
		}
		if busy > 0 {
			s.host.Sleep(busy)
		}
	}
}

func (s *scenery) got(app string, n int) {
	s.mu.Lock()
	s.read[app] += n
	s.mu.Unlock()
}

// taken returns what an app has read so far.
func (s *scenery) taken(app string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read[app]
}

const (
	request = "GET / HTTP/1.1\r\nHost: 10.9.0.2\r\n\r\n"
	answer  = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"
)

// serveWeb answers one request on each connection.
func (s *scenery) serveWeb(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.apps.Go(func() {
			defer c.Close()
			c.SetDeadline(s.host.Now().Add(labPatience))
			n, err := io.ReadFull(c, make([]byte, len(request)))
			s.got("web", n)
			if err == nil {
				io.WriteString(c, answer)
			}
		})
	}
}

// playGame sends small moves often, and one to a wrong port.
func (s *scenery) playGame() {
	send := func(local, port int, text string) {
		c, err := s.player.DialFrom(context.Background(), "udp", fmt.Sprintf(":%d", local), fmt.Sprintf("%s:%d", hostName, port))
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, text)
		s.player.Sleep(40 * time.Millisecond)
	}
	moves := []string{"up", "down", "left", "right", "jump", "fire"}
	s.player.Sleep(5 * time.Millisecond)
	for tick := range 3 {
		send(6001, gamePort, fmt.Sprintf("tick=%d move=%s", tick+1, moves[s.random.IntN(len(moves))]))
	}
	send(6001, gamePort+1, "tick=4") // a wrong port
}

// sendVideo sends large pieces, faster than the app draws them.
func (s *scenery) sendVideo() {
	c, err := s.studio.DialFrom(context.Background(), "udp", ":6000", fmt.Sprintf("%s:%d", hostName, videoPort))
	if err != nil {
		return
	}
	defer c.Close()
	piece := make([]byte, 1200)
	s.studio.Sleep(10 * time.Millisecond)
	for range 3 {
		c.Write(piece)
		s.studio.Sleep(50 * time.Millisecond)
	}
}

// browse fetches a page, and then tries a port where nobody listens.
func (s *scenery) browse(ctx context.Context) {
	s.player.Sleep(20 * time.Millisecond)
	page, err := s.fetch(ctx)
	if err != nil {
		page = err.Error()
	}
	s.page = page
	ctx, cancel := s.patience(ctx)
	defer cancel()
	c, err := s.player.DialFrom(ctx, "tcp", ":50001", fmt.Sprintf("%s:%d", hostName, webPort+1))
	if err == nil {
		c.Close()
	}
}

// patience returns a context that ends after labPatience on the lab's clock.
func (s *scenery) patience(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := s.player.AfterFunc(labPatience, func() { cancel(os.ErrDeadlineExceeded) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

func (s *scenery) fetch(ctx context.Context) (string, error) {
	ctx, cancel := s.patience(ctx)
	defer cancel()
	c, err := s.player.DialFrom(ctx, "tcp", ":50000", fmt.Sprintf("%s:%d", hostName, webPort))
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetDeadline(s.player.Now().Add(labPatience))
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	page, err := io.ReadAll(io.LimitReader(c, 4096))
	return string(page), err
}
