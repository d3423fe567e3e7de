package portmux

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Listening returns the TCP sockets of this machine that listen and the UDP
// sockets that are not connected, by port. With processes it also looks for
// who has them open, which root sees for all and others for their own.
func Listening(processes bool) ([]Listener, error) {
	return listening(os.DirFS("/proc"), processes, v6Only())
}

// listening reads the tables in proc. only has, by inode, whether an IPv6
// socket takes no IPv4; one that is not in it is as the system makes them.
func listening(proc fs.FS, processes bool, only map[string]bool) ([]Listener, error) {
	usual, _ := fs.ReadFile(proc, "sys/net/ipv6/bindv6only")
	var all []Listener
	var inodes []string
	read := 0
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6"} {
		f, err := proc.Open("net/" + name)
		if err != nil {
			continue // a machine may lack IPv6
		}
		read++
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			l, inode, ok := parseSocket(name, lines.Text())
			if ok {
				v6only, known := only[inode]
				if !known {
					v6only = strings.TrimSpace(string(usual)) == "1"
				}
				l.Dual = l.Local.Addr() == netip.IPv6Unspecified() && !v6only
				all, inodes = append(all, l), append(inodes, inode)
			}
		}
		f.Close()
	}
	if read == 0 {
		return nil, fmt.Errorf("/proc/net lists no sockets")
	}
	if processes {
		owners := socketOwners(proc)
		for i := range all {
			all[i].PID = owners[inodes[i]]
			if all[i].PID != 0 {
				all[i].Process = processName(proc, all[i].PID)
			}
		}
	}
	slices.SortFunc(all, func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Local.Port(), b.Local.Port()), cmp.Compare(a.Proto, b.Proto), a.Local.Addr().Compare(b.Local.Addr()), cmp.Compare(a.PID, b.PID))
	})
	return all, nil
}

// parseSocket reads a line of /proc/net/tcp and the like:
//
//	sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
//	0: 0100007F:0277 00000000:0000 0A ...
func parseSocket(name, line string) (Listener, string, bool) {
	col := strings.Fields(line)
	if len(col) < 10 {
		return Listener{}, "", false
	}
	l, state := Listener{Proto: TCP}, "0A" // TCP_LISTEN
	if strings.HasPrefix(name, "udp") {
		l.Proto, state = UDP, "07" // TCP_CLOSE: not connected
	}
	var ok bool
	if l.Local, ok = parseProcAddr(col[1]); !ok || col[3] != state {
		return l, "", false
	}
	return l, col[9], true
}

// parseProcAddr reads ADDRESS:PORT in hex. The address is printed as words of
// 32 bits in the machine's own byte order.
func parseProcAddr(s string) (netip.AddrPort, bool) {
	a, p, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(a)
	port, err2 := strconv.ParseUint(p, 16, 16)
	if err != nil || err2 != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], binary.NativeEndian.Uint32(b[i:]))
	}
	addr, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr, uint16(port)), true
}

// socketOwners finds the processes that have sockets open, by inode: the links
// /proc/PID/fd/N read "socket:[INODE]".
func socketOwners(proc fs.FS) map[string]int {
	owners := map[string]int{}
	entries, _ := fs.ReadDir(proc, ".")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		dir := e.Name() + "/fd"
		fds, _ := fs.ReadDir(proc, dir) // another user's process: nothing
		for _, fd := range fds {
			link, err := fs.ReadLink(proc, dir+"/"+fd.Name())
			inode, ok := strings.CutPrefix(link, "socket:[")
			if err != nil || !ok {
				continue
			}
			inode = strings.TrimSuffix(inode, "]")
			if owner := owners[inode]; owner == 0 || pid < owner { // several may share it: the oldest
				owners[inode] = pid
			}
		}
	}
	return owners
}

func processName(proc fs.FS, pid int) string {
	f, err := proc.Open(strconv.Itoa(pid) + "/comm")
	if err != nil {
		return "?"
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, 64))
	return strings.TrimSpace(string(b))
}
