package portmux

import (
	"io/fs"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"
)

// TestListening reads a /proc made by hand.
func TestListening(t *testing.T) {
	head := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	proc := fstest.MapFS{
		"net/tcp": {Data: []byte(head +
			"   0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1\n" +
			"   1: 0200090A:0050 0100090A:C350 01 00000000:00000000 00:00000000 00000000     0        0 112 1\n")},
		"net/udp6": {Data: []byte(head +
			"   0: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 113 2\n" +
			"   1: 00000000000000000000000000000000:14EA 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 114 2\n" +
			"broken\n")},
		"42/comm": {Data: []byte("server\n")},
		"42/fd/3": {Data: []byte("socket:[111]"), Mode: fs.ModeSymlink},
	}
	list, err := listening(proc, true, map[string]bool{"114": true})
	if err != nil || len(list) != 3 {
		t.Fatalf("%v, %v", list, err)
	}
	if l := list[0]; l.Local.String() != "127.0.0.1:631" || l.Proto != TCP || l.PID != 42 || l.Process != "server" {
		t.Errorf("%+v", l)
	}
	if l := list[1]; l.Local.String() != "[::]:5353" || l.Proto != UDP || l.PID != 0 || !l.Dual {
		t.Errorf("%+v", l)
	}
	if l := list[2]; l.Local.String() != "[::]:5354" || l.Dual {
		t.Errorf("%+v", l)
	}
	proc["sys/net/ipv6/bindv6only"] = &fstest.MapFile{Data: []byte("1\n")}
	if list, err := listening(proc, false, nil); err != nil || list[1].Dual {
		t.Errorf("bindv6only: %+v, %v", list, err)
	}
	if _, err := listening(fstest.MapFS{}, false, nil); err == nil {
		t.Error("an empty /proc is taken")
	}
}

// TestV6Only opens sockets of both kinds and asks the kernel about them.
func TestV6Only(t *testing.T) {
	for _, only := range []bool{false, true} {
		for _, kind := range []int{syscall.SOCK_STREAM, syscall.SOCK_DGRAM} {
			fd, err := syscall.Socket(syscall.AF_INET6, kind|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Skip("no IPv6 here: ", err)
			}
			defer syscall.Close(fd)
			value := 0
			if only {
				value = 1
			}
			if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, value); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Bind(fd, &syscall.SockaddrInet6{}); err != nil {
				t.Skip("no IPv6 here: ", err)
			}
			if kind == syscall.SOCK_STREAM {
				if err := syscall.Listen(fd, 1); err != nil {
					t.Fatal(err)
				}
			}
			name, err := syscall.Getsockname(fd)
			if err != nil {
				t.Fatal(err)
			}
			list, err := Listening(false)
			if err != nil {
				t.Fatal(err)
			}
			want := Listener{Proto: TCP, Local: netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(name.(*syscall.SockaddrInet6).Port)), Dual: !only}
			if kind == syscall.SOCK_DGRAM {
				want.Proto = UDP
			}
			if !slices.Contains(list, want) {
				t.Errorf("%+v is not in %+v", want, list)
			}
		}
	}
}
