package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// delayACK lets the kernel delay the acknowledgment of what comes next. It
// holds only for a while, so it is asked for again before every read.
func delayACK(c *net.TCPConn) {
	if raw, err := c.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0) })
	}
}

// kernelState looks a connection up in the kernel's table, proc(5), and
// returns its state.
func kernelState(local, remote string) (string, bool) {
	f, err := os.Open("/proc/net/tcp")
	if err != nil {
		return "", false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		columns := strings.Fields(lines.Text())
		if len(columns) > 3 && columns[1] == inProc(local) && columns[2] == inProc(remote) {
			if columns[3] == "06" {
				return "TIME-WAIT", true
			}
			return "state " + columns[3], true
		}
	}
	return "", false
}

// inProc writes an IPv4 address and port as /proc/net/tcp does: the address as
// a number in this machine's byte order, the port in the network's.
func inProc(addr string) string {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !ap.Addr().Is4() {
		return ""
	}
	four := ap.Addr().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(four[:]), ap.Port())
}
