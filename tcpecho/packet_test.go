package tcpecho_test

import (
	"net"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"onwire/tcpecho"
)

// plainPacketConn hides that a PacketConn is the kernel's.
type plainPacketConn struct{ net.PacketConn }

func TestServePacket(t *testing.T) {
	for name, hide := range map[string]bool{"kernel": false, "own": true} {
		t.Run(name, func(t *testing.T) {
			var pc net.PacketConn
			pc, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			addr := pc.LocalAddr().String()
			if hide {
				pc = plainPacketConn{pc}
			}
			srv := new(tcpecho.Server)
			done := make(chan error, 1)
			go func() { done <- srv.ServePacket(pc) }()
			c, err := net.Dial("udp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(30 * time.Second))
			b := make([]byte, 65536)
			for _, size := range []int{5, 0, 1472, 65507} { // whole, whatever its size
				if _, err := c.Write(endlessly(size)); err != nil {
					t.Fatal(err)
				}
				if n, err := c.Read(b); err != nil || n != size {
					t.Errorf("%d bytes came back as %d, %v", size, n, err)
				}
			}
			if err := srv.Shutdown(withTimeout(t, 30*time.Second)); err != nil {
				t.Error(err)
			}
			if err := <-done; err != tcpecho.ErrServerClosed {
				t.Errorf("ServePacket = %v", err)
			}
			if st := srv.Stats(); st.Datagrams != 4 || st.In != st.Out || st.In != 5+1472+65507 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestAnswerComesFromWhereItWasAsked: one socket on all addresses, of both
// families. A connected client hears only the address that it asked.
func TestAnswerComesFromWhereItWasAsked(t *testing.T) {
	for _, tt := range []struct {
		network, listen string
		ask             []string
	}{
		{"udp4", "0.0.0.0:0", []string{"127.0.0.1", "127.0.0.2"}},
		{"udp", "[::]:0", []string{"127.0.0.1", "127.0.0.2", "::1"}},
	} {
		if runtime.GOOS != "linux" { // elsewhere 127.0.0.2 is not loopback
			tt.ask = slices.DeleteFunc(tt.ask, func(a string) bool { return a == "127.0.0.2" })
		}
		pc, err := net.ListenPacket(tt.network, tt.listen)
		if err != nil {
			t.Logf("no IPv6 here: %v", err)
			continue
		}
		srv := new(tcpecho.Server)
		done := make(chan error, 1)
		go func() { done <- srv.ServePacket(pc) }()
		for _, host := range tt.ask {
			c, err := net.Dial("udp", net.JoinHostPort(host, strconv.Itoa(pc.LocalAddr().(*net.UDPAddr).Port)))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(30 * time.Second))
			echo(t, c, "asked at "+host)
		}
		srv.Close()
		<-done
	}
}

// forged is a PacketConn that gets datagrams from ports of other services.
type forged struct {
	net.PacketConn
	from   chan net.Addr
	wrote  chan net.Addr
	closed chan struct{}
}

func (f forged) ReadFrom(p []byte) (int, net.Addr, error) {
	select {
	case a := <-f.from:
		return copy(p, "x"), a, nil
	case <-f.closed:
		return 0, nil, net.ErrClosed
	}
}

func (f forged) WriteTo(p []byte, a net.Addr) (int, error) {
	f.wrote <- a
	return len(p), nil
}

func (f forged) Close() error {
	select {
	case <-f.closed:
	default:
		close(f.closed)
	}
	return nil
}

func (f forged) LocalAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7007} }

// TestNoPingPong: a datagram that claims to come from another echo service
// must not be answered, or both would talk for ever.
func TestNoPingPong(t *testing.T) {
	f := forged{from: make(chan net.Addr), wrote: make(chan net.Addr, 16), closed: make(chan struct{})}
	srv := new(tcpecho.Server)
	done := make(chan error, 1)
	go func() { done <- srv.ServePacket(f) }()
	for _, port := range []int{7, 19, 53, 0, 7007, 40000} {
		f.from <- &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: port}
	}
	if to := <-f.wrote; to.(*net.UDPAddr).Port != 40000 || len(f.wrote) != 0 {
		t.Errorf("the first answer goes to %v", to)
	}
	srv.Close()
	<-done
	if st := srv.Stats(); st.Refused != 5 || st.Datagrams != 1 {
		t.Errorf("%+v", st)
	}
}
