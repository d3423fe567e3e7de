package screens

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Closed returns an address of loopback where nobody listens, "tcp" or "udp".
// It stays so until the test ends: a socket holds its port that takes nothing
// from strangers, since it is connected to somebody else. A port that was only
// closed may be given to the next program that asks for one.
func Closed(t testing.TB, network string) string {
	t.Helper()
	var other string
	if network == "udp" {
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pc.Close() })
		other = pc.LocalAddr().String()
	} else {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		other = l.Addr().String()
	}
	c, err := net.Dial(network, other)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.LocalAddr().String()
}

// FreePort returns a TCP port for a program that must be told one. It is none
// of those that systems give out by themselves, which another test may get
// before the program has started.
func FreePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(12_000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}
