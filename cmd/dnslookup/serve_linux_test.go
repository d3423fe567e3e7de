package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestServeMemory: a thousand clients at eight addresses that ask for 60 KB
// again and again, and never read, do not fill the server's memory.
func TestServeMemory(t *testing.T) {
	if raced {
		t.Skip("the race detector takes several times the memory")
	}
	world := t.TempDir()
	zone := ";; servers: 198.51.100.1\n@ 300 IN SOA a.root. hostmaster.root. 1 7200 3600 1209600 60\n@ IN NS a.root.\na.root. IN A 198.51.100.1\n"
	zone += "big. IN TXT" + strings.Repeat(` "`+strings.Repeat("x", 250)+`"`, 240) + "\n"
	if err := os.WriteFile(world+"/root.zone", []byte(zone), 0o644); err != nil {
		t.Fatal(err)
	}
	server, at := process(t, 4096, "--quiet --world "+world)
	m := new(dns.Msg)
	m.SetQuestion("big.", dns.TypeTXT)
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)
	var clients sync.WaitGroup
	for i := range 1000 {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%8))}, Timeout: 5 * time.Second}
		conn, err := dialer.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.(*net.TCPConn).SetReadBuffer(4096)
		clients.Go(func() {
			conn.SetDeadline(time.Now().Add(2 * time.Second))
			for range 1000 {
				if _, err := conn.Write(framed); err != nil {
					return // its buffers are full, or the server has closed it
				}
			}
		})
	}
	clients.Wait()
	if rss := residentKiB(t, server.Process.Pid); rss > 100<<10 {
		t.Errorf("%d KiB", rss)
	} else {
		t.Logf("%d KiB", rss)
	}
	if err := ask(t, "udp", at, "a.root."); err != nil {
		t.Error(err)
	}
}

// residentKiB returns how much memory a process has had at most.
func residentKiB(t *testing.T, pid int) (n int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		fmt.Sscanf(line, "VmHWM: %d kB", &n)
	}
	return n
}
