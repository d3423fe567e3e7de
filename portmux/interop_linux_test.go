package portmux_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"onwire/internal/interop"
	"onwire/portmux"
	"onwire/wire/packet"
)

// TestInteropKernel asks the real Linux kernel: in a network namespace of its
// own it opens the sockets of the world, writes each packet into a TUN device,
// and looks at what came out where. The verdicts must be the same.
func TestInteropKernel(t *testing.T) {
	if os.Geteuid() != 0 {
		interop.Skip(t, "a TUN device needs root")
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		interop.Skip(t, "no TUN device: %v", err)
	}
	interop.Find(t, "ip", "iproute2")
	var all []testCase
	for _, c := range cases(t) {
		if c.layer == "ip" && !strings.Contains(c.linux, "EINVAL") {
			all = append(all, c)
		}
	}
	given := len(all)
	all = slices.Concat(all, verdicts(t), variants(), fragmentCases(), offloadCases(), randomCases())
	if !interop.All() { // a sample, for a short test
		all = slices.DeleteFunc(all, func(c testCase) bool { given--; return given < 0 && -given%10 != 0 })
	}
	if _, err := askKernel(world(t), all[0].packets, false); err != nil {
		interop.Skip(t, "no network namespace with a TUN device: %v", err)
	}
	var workers sync.WaitGroup
	work := make(chan testCase)
	for range 8 { // silence is only seen by waiting, so wait for several at a time
		workers.Go(func() {
			for c := range work {
				compare(t, c)
			}
		})
	}
	for _, c := range all {
		work <- c
	}
	close(work)
	workers.Wait()
	t.Logf("%d packets asked", len(all))
}

func compare(t *testing.T, c testCase) {
	m := world(t)
	var mine []portmux.Verdict
	for _, b := range c.packets {
		if c.offload { // the device says so, and why finds it out
			b, _ = packet.FillIn(b, len(b))
		}
		mine = append(mine, m.Deliver(b))
	}
	theirs, err := askKernel(m, c.packets, c.offload)
	if err != nil {
		t.Errorf("%s: %v", c.number, err)
		return
	}
	for i, v := range mine {
		if !agrees(v, theirs[i]) {
			t.Errorf("%s %s: packet %d: the kernel says %s; we say %s (%s)\n%x", c.number, c.name, i+1, theirs[i], v, v.Reason, c.packets[:i+1])
			return
		}
	}
}

// agrees compares a verdict with what the kernel did. The kernel keeps
// fragments in silence, and shows which of a group it chose.
func agrees(v portmux.Verdict, kernel string) bool {
	switch {
	case v.Kind == portmux.Held:
		return kernel == "drop"
	case v.Group() != nil:
		kind, app, _ := strings.Cut(kernel, ":")
		return strings.HasPrefix(v.String(), kind+":") && slices.ContainsFunc(v.Group(), func(s *portmux.Socket) bool { return s.App == app })
	case v.Reason == portmux.SoftError:
		return kernel == "drop" || strings.HasPrefix(kernel, "error:est") // SO_ERROR shows it, read and write do not
	case v.Reason == portmux.ByFourTuple && v.Socket.Proto == portmux.TCP && kernel == "drop":
		return true // found, and then thrown away for its flags or numbers, which a Mux leaves to TCP
	case v.Reason == portmux.TCPToGroup && v.Version == 6 && kernel == "rst":
		return true // a TUN device has no link address that would tell the kernel that many were meant
	case v.Reason == portmux.NoAnswerToSource && (kernel == "rst" || strings.HasPrefix(kernel, "icmp6:129/")):
		return true // the kernel answers to ::, which RFC 4291 2.5.2 forbids
	case v.Kind == portmux.SynAck && kernel == "synack:?":
		return true // it was answered, but accept fails: TCP source port 0
	}
	return v.String() == kernel
}

// askKernel returns what the kernel does with each of the packets, on a
// thread and in a namespace that are thrown away afterwards.
func askKernel(m *portmux.Mux, packets [][]byte, offload bool) ([]string, error) {
	type result struct {
		verdicts []string
		err      error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		k := kernel{offload: offload}
		defer k.close()
		var r result
		r.err = k.open(m)
		for i := 0; i < len(packets) && r.err == nil; i++ {
			var verdict string
			verdict, r.err = k.ask(packets[i])
			r.verdicts = append(r.verdicts, verdict)
		}
		done <- r
	}()
	r := <-done
	return r.verdicts, r.err
}

// A kernel is a host made of the real thing.
type kernel struct {
	offload bool // the device says of packets that their checksum is not filled in yet
	tun     int
	sockets []*portmux.Socket
	fds     []int
}

const setup = `link set lo up
link set t0 up
addr add 10.9.0.2/24 brd + dev t0
addr add 10.9.0.3/24 brd + dev t0
addr add fd09::2/64 dev t0 nodad
addr add fd09::3/64 dev t0 nodad
route add default dev t0
route add ::/0 dev t0
`

func (k *kernel) open(m *portmux.Mux) error {
	k.tun = -1
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	k.tun = fd
	var request [40]byte
	copy(request[:], "t0")
	flags := uint16(0x1001) // IFF_TUN | IFF_NO_PI
	if k.offload {
		flags |= 0x4000 // IFF_VNET_HDR
	}
	binary.NativeEndian.PutUint16(request[16:], flags)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), 0x400454ca, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("TUNSETIFF: %w", errno)
	}
	for name, value := range map[string]string{ // answers must not depend on how many there were
		"ipv4/icmp_ratelimit": "0", "ipv4/icmp_msgs_per_sec": "100000", "ipv6/icmp/ratelimit": "0",
	} {
		_ = os.WriteFile("/proc/sys/net/"+name, []byte(value), 0)
	}
	ip := exec.Command("ip", "-batch", "-")
	ip.Stdin = strings.NewReader(setup)
	if out, err := ip.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %v: %s", err, out)
	}
	for _, s := range m.Sockets() {
		fd, err := openSocket(s)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		k.sockets, k.fds = append(k.sockets, s), append(k.fds, fd)
	}
	return k.ready()
}

// ready pings the host until both families answer: IPv6 comes up a moment after
// the interface.
func (k *kernel) ready() error {
	a4, b4, a6, b6 := netip.MustParseAddr("10.9.0.1"), netip.MustParseAddr("10.9.0.2"), netip.MustParseAddr("fd09::1"), netip.MustParseAddr("fd09::3")
	ping := map[string][]byte{
		"icmp:0/0":    packet.IPv4{Proto: 1, Src: a4, Dst: b4}.Append(nil, packet.ICMP{Type: 8}.Append(nil, nil)),
		"icmp6:129/0": packet.IPv6{NextHeader: 58, Src: a6, Dst: b6}.Append(nil, packet.ICMP{Type: 128}.Append6(nil, a6, b6, nil)),
	}
	for range 200 {
		for _, b := range ping {
			_ = k.write(b, false)
		}
		k.wait()
		for _, b := range k.replies() {
			delete(ping, k.reply(b))
		}
		if len(ping) == 0 {
			return nil
		}
	}
	return fmt.Errorf("the interface does not answer")
}

func (k *kernel) close() {
	for _, fd := range k.fds {
		syscall.Close(fd)
	}
	if k.tun >= 0 {
		syscall.Close(k.tun)
	}
}

// openSocket makes a socket of the world for real.
func openSocket(s *portmux.Socket) (int, error) {
	family, kind := syscall.AF_INET, syscall.SOCK_DGRAM
	if s.Local.Addr().Is6() {
		family = syscall.AF_INET6
	}
	if s.Proto == portmux.TCP {
		kind = syscall.SOCK_STREAM
	}
	fd, err := syscall.Socket(family, kind|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fd, err
	}
	set := func(level, name, value int) {
		if e := syscall.SetsockoptInt(fd, level, name, value); e != nil && err == nil {
			err = fmt.Errorf("option %d/%d: %w", level, name, e)
		}
	}
	if s.ReuseAddr {
		set(syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	}
	if s.ReusePort {
		set(syscall.SOL_SOCKET, 15, 1) // SO_REUSEPORT
	}
	if family == syscall.AF_INET6 {
		only := 0
		if s.V6Only {
			only = 1
		}
		set(syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, only)
	}
	repair := s.Proto == portmux.TCP && s.Connected()
	if repair { // a connection out of nothing: tcp(7), TCP_REPAIR
		set(syscall.IPPROTO_TCP, 19, 1)
		set(syscall.IPPROTO_TCP, 20, 1)    // the receive queue
		set(syscall.IPPROTO_TCP, 21, 1000) // expects this number
		set(syscall.IPPROTO_TCP, 20, 2)    // the send queue
		set(syscall.IPPROTO_TCP, 21, 5000)
	}
	if err != nil {
		return fd, err
	}
	if err := syscall.Bind(fd, sockaddr(s.Local)); err != nil {
		return fd, fmt.Errorf("bind: %w", err)
	}
	for _, g := range s.Join {
		if g.Is4() {
			err = syscall.SetsockoptIPMreq(fd, syscall.IPPROTO_IP, syscall.IP_ADD_MEMBERSHIP, &syscall.IPMreq{Multiaddr: g.As4(), Interface: [4]byte{10, 9, 0, 2}})
		} else {
			err = syscall.SetsockoptIPv6Mreq(fd, syscall.IPPROTO_IPV6, syscall.IPV6_JOIN_GROUP, &syscall.IPv6Mreq{Multiaddr: g.As16(), Interface: 2})
		}
		if err != nil {
			return fd, fmt.Errorf("join %s: %w", g, err)
		}
	}
	if s.Connected() {
		if err := syscall.Connect(fd, sockaddr(s.Remote)); err != nil {
			return fd, fmt.Errorf("connect: %w", err)
		}
	} else if s.Proto == portmux.TCP {
		err = syscall.Listen(fd, 16)
	}
	if repair {
		set(syscall.IPPROTO_TCP, 19, -1) // end of the repair, without a probe
	}
	return fd, err
}

func sockaddr(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

type pollFD struct {
	fd              int32
	events, revents int16
}

// wait waits until the TUN device or a socket has something, 60 ms at most;
// with silence there is no event to wait for. A write into a TUN device goes
// through the whole stack before it returns, so most often nothing waits.
func (k *kernel) wait() {
	fds := []pollFD{{int32(k.tun), 1, 0}}
	for _, fd := range k.fds {
		fds = append(fds, pollFD{int32(fd), 1, 0})
	}
	limit := syscall.Timespec{Nsec: 60e6}
	_, _, _ = syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&fds[0])), uintptr(len(fds)), uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
}

const vnetHeader = 10 // bytes of struct virtio_net_hdr

// write puts a packet into the device. left says that the sum in its transport
// checksum is that of the pseudo-header, as between two programs of one machine
// or of a machine and its guests: the kernel takes it without a look.
func (k *kernel) write(pkt []byte, left bool) error {
	if k.offload {
		h := make([]byte, vnetHeader, vnetHeader+len(pkt))
		var p packet.Packet
		if p.ParseIP(pkt); left {
			h[0] = 1 // VIRTIO_NET_HDR_F_NEEDS_CSUM: from where, and where to
			binary.NativeEndian.PutUint16(h[6:], uint16(p.Transport))
			binary.NativeEndian.PutUint16(h[8:], map[uint8]uint16{packet.ProtoTCP: 16, packet.ProtoUDP: 6}[p.Proto])
		}
		pkt = append(h, pkt...)
	}
	_, err := syscall.Write(k.tun, pkt)
	return err
}

// replies returns the packets that the kernel has sent.
func (k *kernel) replies() [][]byte {
	var all [][]byte
	for {
		b := make([]byte, 2048)
		n, err := syscall.Read(k.tun, b)
		if err != nil || n <= 0 {
			return all
		}
		if k.offload {
			b, n = b[vnetHeader:], n-vnetHeader
		}
		all = append(all, b[:n])
	}
}

// ask gives a packet to the kernel and looks what it did.
func (k *kernel) ask(pkt []byte) (string, error) {
	if err := k.write(pkt, k.offload); err != nil {
		return "", fmt.Errorf("write: %w", err)
	}
	for range 2 { // a neighbour's chatter may end the first wait
		k.wait()
		var apps []string
		for i, fd := range k.fds {
			if errno, _ := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR); errno != 0 {
				return "error:" + k.sockets[i].App + ":" + errnoName(syscall.Errno(errno)), nil
			}
			if s := k.sockets[i]; s.Proto == portmux.TCP && !s.Connected() {
				continue
			}
			if n, _, err := syscall.Recvfrom(fd, make([]byte, 65536), syscall.MSG_DONTWAIT); err == nil && n >= 0 {
				apps = append(apps, k.sockets[i].App)
			}
		}
		if apps != nil {
			return "deliver:" + strings.Join(apps, "+"), nil
		}
		for _, b := range k.replies() {
			if v := k.reply(b); v != "" {
				return v, nil
			}
		}
	}
	return "drop", nil
}

func errnoName(e syscall.Errno) string {
	return map[syscall.Errno]string{
		syscall.ECONNREFUSED: "ECONNREFUSED", syscall.ECONNRESET: "ECONNRESET", syscall.EHOSTUNREACH: "EHOSTUNREACH",
		syscall.ENETUNREACH: "ENETUNREACH", syscall.ENOPROTOOPT: "ENOPROTOOPT", syscall.EMSGSIZE: "EMSGSIZE",
		syscall.EPROTO: "EPROTO", syscall.EACCES: "EACCES", syscall.EHOSTDOWN: "EHOSTDOWN", syscall.ENONET: "ENONET",
	}[e]
}

// reply is the verdict that a packet of the kernel shows, or "" for chatter.
func (k *kernel) reply(b []byte) string {
	var p packet.Packet
	p.ParseIP(b)
	switch {
	case p.Proto == packet.ProtoTCP:
		flags := packet.Flags(b[p.Transport+13])
		switch {
		case flags&packet.RST != 0:
			return "rst"
		case flags&packet.SYN != 0:
			return "synack:" + k.accept(b, &p)
		}
	case p.Proto == packet.ProtoICMP && p.Version == 4:
		return fmt.Sprintf("icmp:%d/%d", b[p.Transport], b[p.Transport+1])
	case p.Proto == packet.ProtoICMPv6:
		if kind := b[p.Transport]; kind < 128 || kind == 129 || kind == 136 {
			return fmt.Sprintf("icmp6:%d/%d", kind, b[p.Transport+1])
		}
	}
	return ""
}

// accept finishes the handshake that b, a SYN ACK, began, and returns the
// listener that got the connection.
func (k *kernel) accept(b []byte, p *packet.Packet) string {
	h := packet.TCP{SrcPort: p.DstPort, DstPort: p.SrcPort, Seq: binary.BigEndian.Uint32(b[p.Transport+8:]),
		Ack: binary.BigEndian.Uint32(b[p.Transport+4:]) + 1, Flags: packet.ACK, Window: 8192}
	src, dst := p.Dst(b), p.Src(b)
	segment := h.Append(nil, src, dst, nil)
	ack := packet.IPv4{Proto: packet.ProtoTCP, Src: src, Dst: dst}.Append(nil, segment)
	if p.Version == 6 {
		ack = packet.IPv6{NextHeader: packet.ProtoTCP, Src: src, Dst: dst}.Append(nil, segment)
	}
	if err := k.write(ack, false); err != nil {
		return "?"
	}
	k.wait()
	for i, s := range k.sockets {
		if s.Proto == portmux.TCP && !s.Connected() {
			if fd, _, err := syscall.Accept4(k.fds[i], syscall.SOCK_NONBLOCK); err == nil {
				syscall.Close(fd)
				return s.App
			}
		}
	}
	return "?"
}

// variants are more packets, the same ones in every run: those that a rule
// turns on, and combinations of addresses, ports, flags and headers.
func variants() []testCase {
	var all []testCase
	add := func(name string, packets ...[]byte) {
		all = append(all, testCase{number: fmt.Sprintf("v%03d", len(all)), name: name, packets: packets})
	}
	ip := netip.MustParseAddr
	udp4 := func(src, dst string, sport, dport uint16) []byte {
		return packet.IPv4{Proto: 17, Src: ip(src), Dst: ip(dst)}.Append(nil, packet.UDP{SrcPort: sport, DstPort: dport}.Append(nil, ip(src), ip(dst), []byte("hi")))
	}
	udp6 := func(src, dst string, sport, dport uint16, ext ...packet.Extension) []byte {
		return packet.IPv6{NextHeader: 17, Src: ip(src), Dst: ip(dst), Extensions: ext}.Append(nil, packet.UDP{SrcPort: sport, DstPort: dport}.Append(nil, ip(src), ip(dst), []byte("hi")))
	}
	tcp := func(src, dst string, h packet.TCP, data string) []byte {
		if h.Window == 0 {
			h.Window = 8192
		}
		seg := h.Append(nil, ip(src), ip(dst), []byte(data))
		if ip(src).Is4() {
			return packet.IPv4{Proto: 6, Src: ip(src), Dst: ip(dst)}.Append(nil, seg)
		}
		return packet.IPv6{NextHeader: 6, Src: ip(src), Dst: ip(dst)}.Append(nil, seg)
	}
	for _, dst := range []string{"10.9.0.2", "10.9.0.3", "10.9.0.255", "255.255.255.255", "10.9.0.0", "224.0.0.1", "224.0.0.251", "239.1.1.1", "127.0.0.1", "10.9.0.99"} {
		for _, port := range []uint16{7777, 5004, 5353, 9000, 9001, 9002, 9100, 6800, 81} {
			add("udp to "+dst, udp4("10.9.0.1", dst, 6000, port))
		}
		for _, flags := range []packet.Flags{packet.SYN, packet.ACK, packet.RST, packet.FIN, packet.SYN | packet.ACK, 0} {
			add("tcp to "+dst, tcp("10.9.0.1", dst, packet.TCP{SrcPort: 1111, DstPort: 80, Seq: 1000, Ack: 7, Flags: flags}, ""))
		}
	}
	for _, src := range []string{"0.0.0.0", "0.0.0.1", "10.9.0.2", "10.9.0.255", "224.0.0.1", "255.255.255.255", "127.0.0.1", "240.0.0.1", "203.0.113.5", "10.9.0.0"} {
		for _, port := range []uint16{7777, 81} {
			add("udp from "+src, udp4(src, "10.9.0.2", 6000, port))
		}
		add("udp broadcast from "+src, udp4(src, "255.255.255.255", 6000, 6800))
		add("udp multicast from "+src, udp4(src, "224.0.0.251", 6000, 5353))
		add("tcp from "+src, tcp(src, "10.9.0.2", packet.TCP{SrcPort: 1111, DstPort: 80, Flags: packet.SYN}, ""))
	}
	for _, dst := range []string{"fd09::2", "fd09::3", "fd09::99", "ff02::1", "ff02::fb", "ff02::fc", "ff01::1", "ff0e::fb", "::1"} {
		for _, port := range []uint16{9000, 9001, 9002, 5005, 5454, 7777, 40001} {
			add("udp6 to "+dst, udp6("fd09::1", dst, 6000, port))
		}
		add("tcp6 to "+dst, tcp("fd09::1", dst, packet.TCP{SrcPort: 1111, DstPort: 8080, Flags: packet.SYN}, ""))
		add("echo6 to "+dst, packet.IPv6{NextHeader: 58, Src: ip("fd09::1"), Dst: ip(dst)}.Append(nil, packet.ICMP{Type: 128, Rest: 7}.Append6(nil, ip("fd09::1"), ip(dst), []byte("ping"))))
	}
	for _, src := range []string{"::", "::1", "fd09::2", "ff02::1", "2001:db8::5", "::ffff:10.9.0.1", "fe80::5"} {
		add("udp6 from "+src, udp6Any(ip(src), ip("fd09::2"), 9000))
		add("udp6 closed from "+src, udp6Any(ip(src), ip("fd09::2"), 9999))
	}
	add("tcp6 from an IPv4-mapped address", packet.IPv6{NextHeader: 6, Src: ip("::ffff:10.9.0.1"), Dst: ip("fd09::2")}.Append(nil,
		packet.TCP{SrcPort: 6000, DstPort: 8080, Flags: packet.SYN, Window: 9}.Append(nil, ip("::ffff:10.9.0.1"), ip("fd09::2"), nil)))
	add("tcp6 from ourselves", tcp("fd09::3", "fd09::2", packet.TCP{SrcPort: 1111, DstPort: 8080, Flags: packet.SYN}, ""))
	add("tcp6 closed, from ourselves", tcp("fd09::3", "fd09::2", packet.TCP{SrcPort: 1111, DstPort: 8082, Flags: packet.SYN}, ""))
	for flags := range packet.Flags(32) {
		for _, port := range []uint16{80, 81, 8081} {
			add("tcp flags "+flags.String(), tcp("10.9.0.1", "10.9.0.2", packet.TCP{SrcPort: 1111, DstPort: port, Seq: 1000, Ack: 5000, Flags: flags}, ""))
		}
		add("tcp6 flags "+flags.String(), tcp("fd09::1", "fd09::2", packet.TCP{SrcPort: 1111, DstPort: 8080, Seq: 1000, Ack: 5000, Flags: flags}, "x"))
	}
	add("established", tcp("10.9.0.1", "10.9.0.2", packet.TCP{SrcPort: 50000, DstPort: 80, Seq: 1000, Ack: 5000, Flags: packet.ACK | packet.PSH}, "GET"))
	add("established, RST", tcp("10.9.0.1", "10.9.0.2", packet.TCP{SrcPort: 50000, DstPort: 80, Seq: 1000, Ack: 5000, Flags: packet.RST}, ""))
	add("established6, RST", tcp("fd09::1", "fd09::2", packet.TCP{SrcPort: 50000, DstPort: 8443, Seq: 1000, Ack: 5000, Flags: packet.RST | packet.ACK}, ""))
	add("port 0", tcp("10.9.0.1", "10.9.0.2", packet.TCP{SrcPort: 0, DstPort: 80, Flags: packet.SYN}, ""))
	for proto := range 256 {
		if proto == 1 || proto == 2 || proto == 6 || proto == 17 || proto == 58 {
			continue
		}
		switch proto { // a kernel may have a module for these, or read them as headers
		case 4, 41, 47, 50, 51, 103, 108, 132, 136, 262, 115, 46, 33, 135:
			continue
		}
		if proto%8 == 0 || proto < 64 {
			add(fmt.Sprint("protocol ", proto), packet.IPv4{Proto: uint8(proto), Src: ip("10.9.0.1"), Dst: ip("10.9.0.2")}.Append(nil, make([]byte, 24)))
			if proto != 0 && proto != 43 && proto != 44 && proto != 60 {
				add(fmt.Sprint("next header ", proto), packet.IPv6{NextHeader: uint8(proto), Src: ip("fd09::1"), Dst: ip("fd09::2")}.Append(nil, make([]byte, 24)))
			}
		}
	}
	for kind := range uint8(20) {
		body := append(make([]byte, 12), 1, 2, 3, 4)
		add(fmt.Sprint("icmp type ", kind), packet.IPv4{Proto: 1, Src: ip("10.9.0.1"), Dst: ip("10.9.0.2")}.Append(nil, packet.ICMP{Type: kind, Rest: 7}.Append(nil, body)))
	}
	add("icmp echo to broadcast", packet.IPv4{Proto: 1, Src: ip("10.9.0.1"), Dst: ip("10.9.0.255")}.Append(nil, packet.ICMP{Type: 8}.Append(nil, nil)))
	quoted := map[string][]byte{
		"client": udp4("10.9.0.2", "10.9.0.1", 40000, 53), "game": udp4("10.9.0.2", "10.9.0.1", 7777, 9),
		"video-conn": udp4("10.9.0.2", "10.9.0.1", 5004, 6000), "nobody": udp4("10.9.0.2", "10.9.0.1", 33, 9),
		"est": tcp("10.9.0.2", "10.9.0.1", packet.TCP{SrcPort: 80, DstPort: 50000, Seq: 5000}, ""),
	}
	for _, name := range []string{"client", "game", "video-conn", "nobody", "est"} {
		for kind, codes := range map[uint8]uint8{3: 17, 4: 1, 11: 2, 12: 2, 5: 1} {
			if name != "client" {
				codes = min(codes, 5)
			}
			for code := range codes {
				add(fmt.Sprintf("icmp %d/%d about %s", kind, code, name), packet.IPv4{Proto: 1, Src: ip("10.9.0.1"), Dst: ip("10.9.0.2")}.Append(nil,
					packet.ICMP{Type: kind, Code: code, Rest: 1400}.Append(nil, quoted[name])))
			}
		}
	}
	quoted6 := udp6("fd09::2", "fd09::1", 40001, 53)
	for kind := range uint8(6) {
		for code := range uint8(8) {
			add(fmt.Sprintf("icmp6 %d/%d", kind, code), packet.IPv6{NextHeader: 58, Src: ip("fd09::1"), Dst: ip("fd09::2")}.Append(nil,
				packet.ICMP{Type: kind, Code: code, Rest: 1280}.Append6(nil, ip("fd09::1"), ip("fd09::2"), quoted6)))
		}
	}
	options := func(b ...byte) []byte { return b }
	for _, o := range [][]byte{options(1, 1, 1), options(7, 7, 4, 0, 0, 0, 0), options(148, 4, 0, 0), options(131, 7, 4, 10, 9, 0, 1), options(68, 8, 5, 0, 0, 0, 0, 0),
		options(99, 4, 0, 0), options(99, 1), options(99, 200), options(7, 2), options(7, 3, 3), options(148, 2), options(137, 3, 2), options(130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0), options(7, 7, 6, 0, 0, 0, 0), options(1, 1, 1, 99)} {
		for _, port := range []uint16{7777, 81} {
			seg := packet.UDP{SrcPort: 6000, DstPort: port}.Append(nil, ip("10.9.0.1"), ip("10.9.0.2"), []byte("hi"))
			add(fmt.Sprintf("ip options %x", o), packet.IPv4{Proto: 17, Src: ip("10.9.0.1"), Dst: ip("10.9.0.2"), Options: o}.Append(nil, seg))
		}
	}
	for _, data := range [][]byte{options(1, 4, 0, 0, 0, 0), options(1, 4, 0, 0, 1, 0), options(0, 0, 0, 0, 0, 0), options(5, 2, 0, 0, 0, 0), options(0x1e, 4, 1, 2, 3, 4),
		options(0x5e, 4, 1, 2, 3, 4), options(0x9e, 4, 1, 2, 3, 4), options(0xde, 4, 1, 2, 3, 4), options(5, 4, 0, 0, 0, 0), options(0xc2, 4, 0, 0, 0, 9), options(1, 200, 0, 0, 0, 0),
		options(1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), options(0xc9, 4, 0, 0, 0, 0)} {
		for _, proto := range []uint8{packet.ProtoHopByHop, packet.ProtoDestOpts} {
			for _, dst := range []string{"fd09::2", "ff02::fb"} {
				add(fmt.Sprintf("options %x in header %d", data, proto), udp6("fd09::1", dst, 6000, 5454, packet.Extension{Proto: proto, Data: data}))
			}
		}
	}
	for kind := range uint8(6) {
		for left := range uint8(2) {
			add(fmt.Sprintf("routing type %d, %d left", kind, left), udp6("fd09::1", "fd09::2", 6000, 9000, packet.Extension{Proto: packet.ProtoRouting, Data: options(kind, left, 0, 0, 0, 0)}))
		}
	}
	hop, dest := packet.Extension{Proto: packet.ProtoHopByHop, Data: make([]byte, 6)}, packet.Extension{Proto: packet.ProtoDestOpts, Data: make([]byte, 6)}
	add("two destination options", udp6("fd09::1", "fd09::2", 6000, 9000, dest, dest))
	add("hop-by-hop second", udp6("fd09::1", "fd09::2", 6000, 9000, dest, hop))
	add("hop-by-hop twice", udp6("fd09::1", "fd09::2", 6000, 9000, hop, hop))
	add("atomic fragment", udp6("fd09::1", "fd09::2", 6000, 9000, packet.FragmentHeader(7, 0, false)))
	fragments(add)
	malformed(add)
	return all
}

// udp6Any is a datagram whose addresses Append's families need not allow.
func udp6Any(src, dst netip.Addr, port uint16) []byte {
	s := src.As16()
	return packet.IPv6{NextHeader: 17, Src: netip.AddrFrom16(s), Dst: dst}.Append(nil, packet.UDP{SrcPort: 6000, DstPort: port}.Append(nil, netip.AddrFrom16(s), dst, []byte("hi")))
}

// fragments cuts datagrams up in many ways.
func fragments(add func(string, ...[]byte)) {
	ip := netip.MustParseAddr
	a, b := ip("10.9.0.1"), ip("10.9.0.2")
	a6, b6 := ip("fd09::1"), ip("fd09::2")
	data := bytes.Repeat([]byte("abcdefgh"), 8)
	for _, port := range []uint16{7777, 81} {
		whole := packet.UDP{SrcPort: 6000, DstPort: port}.Append(nil, a, b, data)
		whole6 := packet.UDP{SrcPort: 6000, DstPort: port + 1223}.Append(nil, a6, b6, data)
		v4 := func(from, to int, more bool) []byte {
			return packet.IPv4{ID: 5, Proto: 17, Src: a, Dst: b, FragmentOffset: from, MoreFragments: more}.Append(nil, whole[from:to])
		}
		v6 := func(from, to int, more bool) []byte {
			return packet.IPv6{NextHeader: 17, Src: a6, Dst: b6, Extensions: []packet.Extension{packet.FragmentHeader(5, from, more)}}.Append(nil, whole6[from:to])
		}
		n := len(whole)
		for name, f := range map[string]func(int, int, bool) []byte{"v4": v4, "v6": v6} {
			add(name+" two", f(0, 32, true), f(32, n, false))
			add(name+" reversed", f(32, n, false), f(0, 32, true))
			add(name+" a hole", f(0, 24, true), f(32, n, false))
			add(name+" the same twice", f(0, 32, true), f(0, 32, true), f(32, n, false))
			add(name+" overlap", f(0, 32, true), f(24, 48, true), f(48, n, false))
			add(name+" inside another", f(0, 32, true), f(8, 16, true), f(32, n, false))
			add(name+" two ends", f(32, n, false), f(32, 64, false), f(0, 32, true))
			add(name+" past the end", f(32, 64, false), f(64, n, true), f(0, 32, true))
			add(name+" alone at the end", f(32, n, false))
			add(name+" not a multiple of 8", f(0, 30, true), f(24, n, false))
			add(name+" empty", f(0, 0, true), f(0, 32, true), f(32, n, false))
			add(name+" header cut in two", f(8, n, false), f(0, 8, true))
		}
	}
}

// malformed breaks good packets in one or two bytes, at places that a seed
// chooses. Addresses, and what belongs to fragments and IP versions, stay.
func malformed(add func(string, ...[]byte)) {
	ip := netip.MustParseAddr
	a, b := ip("10.9.0.1"), ip("10.9.0.2")
	a6, b6 := ip("fd09::1"), ip("fd09::2")
	udp := packet.IPv4{Proto: 17, Src: a, Dst: b}.Append(nil, packet.UDP{SrcPort: 6000, DstPort: 7777}.Append(nil, a, b, []byte("hello")))
	syn := packet.IPv4{Proto: 6, Src: a, Dst: b}.Append(nil, packet.TCP{SrcPort: 6000, DstPort: 80, Flags: packet.SYN, Window: 100, Options: []byte{2, 4, 5, 0xb4}}.Append(nil, a, b, nil))
	udp6 := packet.IPv6{NextHeader: 17, Src: a6, Dst: b6}.Append(nil, packet.UDP{SrcPort: 6000, DstPort: 9000}.Append(nil, a6, b6, []byte("hello")))
	add("udp4", udp)
	add("udp6", udp6)
	add("udp4 with padding", append(slices.Clone(udp), 0, 0, 0))
	add("udp6 with padding 1", append(slices.Clone(udp6), 0))
	add("udp6 with padding", append(slices.Clone(udp6), 0, 0, 0))
	r := rand.New(rand.NewPCG(1, 2))
	for range 80 {
		good := [][]byte{udp, syn, udp6}[r.IntN(3)]
		bad := slices.Clone(good)
		header := 20
		if bad[0]>>4 == 6 {
			header = 40
		}
		bad[header+r.IntN(len(bad)-header)] ^= byte(1 << r.IntN(8))
		add("a wrong bit", bad)
		add("cut", good[:header+r.IntN(len(good)-header)])
		cut := slices.Clone(good[:header+r.IntN(len(good)-header)]) // with a length that fits
		if header == 20 {
			binary.BigEndian.PutUint16(cut[2:], uint16(len(cut)))
			cut[10], cut[11] = 0, 0
			binary.BigEndian.PutUint16(cut[10:], packet.Checksum(cut[:20], 0))
		} else {
			binary.BigEndian.PutUint16(cut[4:], uint16(len(cut)-40))
		}
		add("cut, and says so", cut)
		add("followed by padding", append(slices.Clone(good), 0, 0, 0))
	}
}
