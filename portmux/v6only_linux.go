package portmux

import (
	"encoding/binary"
	"strconv"
	"syscall"
	"unsafe"
)

// The parts of sock_diag(7) that matter here: what one asks, and what comes.
const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
	diagV6Only       = 11 // INET_DIAG_SKV6ONLY, a byte
	diagRequest      = 56 // bytes of struct inet_diag_req_v2
	diagAnswer       = 72 // bytes of struct inet_diag_msg
)

// v6Only asks the kernel which IPv6 sockets take no IPv4, by inode. The table in
// /proc does not tell. A system that does not answer gives an empty map.
func v6Only() map[string]bool {
	found := map[string]bool{}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return found
	}
	defer syscall.Close(fd)
	wait := syscall.Timeval{Sec: 1}
	_ = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait)
	for _, ask := range []struct{ proto, state byte }{{syscall.IPPROTO_TCP, 10}, {syscall.IPPROTO_UDP, 7}} { // LISTEN; CLOSE, which is not connected
		h := make([]byte, syscall.NLMSG_HDRLEN+diagRequest)
		*(*syscall.NlMsghdr)(unsafe.Pointer(&h[0])) = syscall.NlMsghdr{
			Len: uint32(len(h)), Type: sockDiagByFamily, Flags: syscall.NLM_F_REQUEST | syscall.NLM_F_DUMP, Seq: uint32(ask.proto),
		}
		h[syscall.NLMSG_HDRLEN], h[syscall.NLMSG_HDRLEN+1] = syscall.AF_INET6, ask.proto
		binary.NativeEndian.PutUint32(h[syscall.NLMSG_HDRLEN+4:], 1<<ask.state)
		if syscall.Sendto(fd, h, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}) != nil {
			return found
		}
		for more := true; more; {
			b := make([]byte, 64<<10)
			n, _, err := syscall.Recvfrom(fd, b, 0)
			if err != nil {
				return found
			}
			messages, err := syscall.ParseNetlinkMessage(b[:n])
			if err != nil {
				return found
			}
			for _, m := range messages {
				if m.Header.Type == syscall.NLMSG_DONE || m.Header.Type == syscall.NLMSG_ERROR {
					more = false
					break
				}
				diagOnly(m.Data, found)
			}
		}
	}
	return found
}

// diagOnly reads an inet_diag_msg, which ends in the inode, and the attributes
// after it: a length, a type and data, each filled up to a multiple of 4.
func diagOnly(b []byte, found map[string]bool) {
	if len(b) < diagAnswer {
		return
	}
	inode := strconv.FormatUint(uint64(binary.NativeEndian.Uint32(b[diagAnswer-4:])), 10)
	for a := b[diagAnswer:]; len(a) >= 4; {
		n, kind := int(binary.NativeEndian.Uint16(a)), binary.NativeEndian.Uint16(a[2:])
		if n < 4 || n > len(a) {
			return
		}
		if kind == diagV6Only && n > 4 {
			found[inode] = a[4] != 0
		}
		a = a[min((n+3)&^3, len(a)):]
	}
}
