package lab_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"

	"onwire/lab"
)

// pair returns both ends of a connection in a lab, and the network.
func pair(b *testing.B, mtu int) (client, server net.Conn, n *lab.Network) {
	n, err := lab.New(lab.Config{Seed: 1, MTU: mtu, Frames: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	var hosts [2]*lab.Host
	for i := range hosts {
		hosts[i], err = n.Host(fmt.Sprint("host", i), netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24))
		if err != nil {
			b.Fatal(err)
		}
	}
	l, err := hosts[1].Listen("tcp", ":7")
	if err != nil {
		b.Fatal(err)
	}
	client, server = connect(b, l, "host1:7", hosts[0].Dial)
	return client, server, n
}

func connect(b *testing.B, l net.Listener, address string, dial func(network, address string) (net.Conn, error)) (client, server net.Conn) {
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	client, err := dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	if server = <-accepted; server == nil {
		b.Fatal("nothing was accepted")
	}
	return client, server
}

func loopback(b *testing.B) (client, server net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	client, server = connect(b, l, l.Addr().String(), net.Dial)
	b.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// upload writes b.N chunks, and reads them at the other end.
func upload(b *testing.B, client, server net.Conn) {
	const chunk = 64 << 10
	b.SetBytes(chunk)
	done := make(chan error, 1)
	go func() {
		_, err := io.CopyN(io.Discard, server, int64(b.N)*chunk)
		done <- err
	}()
	buf := make([]byte, chunk)
	b.ResetTimer()
	for range b.N {
		if _, err := client.Write(buf); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
}

func BenchmarkUpload(b *testing.B) {
	for _, mtu := range []int{1500, 9000} {
		b.Run(fmt.Sprintf("lab, MTU %d", mtu), func(b *testing.B) {
			client, server, n := pair(b, mtu)
			before := n.Frames()
			upload(b, client, server)
			b.ReportMetric(float64(n.Frames()-before)/b.Elapsed().Seconds(), "frames/s")
		})
	}
	b.Run("loopback", func(b *testing.B) {
		client, server := loopback(b)
		upload(b, client, server)
	})
}

func BenchmarkEcho(b *testing.B) {
	echo := func(b *testing.B, client, server net.Conn) {
		go io.Copy(server, server)
		buf := make([]byte, 64)
		b.ResetTimer()
		for range b.N {
			if _, err := client.Write(buf); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(client, buf); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
	}
	b.Run("lab", func(b *testing.B) {
		client, server, _ := pair(b, 1500)
		echo(b, client, server)
	})
	b.Run("loopback", func(b *testing.B) {
		client, server := loopback(b)
		echo(b, client, server)
	})
}
