package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"onwire/internal/cli"
	"onwire/ipaddr"
	"onwire/portmux"
	"onwire/wire/packet"
)

// A frame is a packet with what is before its IP header.
type frame struct {
	link   packet.LinkType
	bytes  []byte
	length int    // bytes that it had on the wire; a capture may have kept only the first
	file   string // where it comes from; "" for HEX
	n      int
}

// cut says what a capture has kept of a frame, or nothing where it has all.
func (f frame) cut() string {
	if f.length <= len(f.bytes) {
		return ""
	}
	return fmt.Sprintf("the capture kept %d of %d bytes", len(f.bytes), f.length)
}

// unread says why no IP packet was found where there may be one: the capture
// has not kept it, or portmux does not read what is around it.
func (f frame) unread() string {
	var p packet.Packet
	switch status := p.ParseRecord(f.link, f.bytes, f.length); {
	case status == packet.Short && f.cut() != "":
		return f.cut() + "; no verdict on what was cut"
	case p.Unread != "":
		return "portmux does not read this: " + p.Unread
	}
	return ""
}

// ip returns the IP packet of a frame, or nil where there is none, and the
// length that it had. A packet that is not of the version which the frame
// announces is none: no host looks at it further.
func (f frame) ip() ([]byte, int) {
	if f.link == packet.LinkRaw {
		return f.bytes, f.length
	}
	var p packet.Packet
	p.ParseRecord(f.link, f.bytes, f.length)
	var version byte
	switch p.Type {
	case packet.TypeIPv4:
		version = 4
	case packet.TypeIPv6:
		version = 6
	}
	at := min(p.IP, len(f.bytes))
	pkt := f.bytes[at:]
	if version == 0 || len(pkt) > 0 && pkt[0]>>4 != version {
		return nil, 0
	}
	return pkt, max(f.length, len(f.bytes)) - at
}

// framesOf reads the argument: HEX, or the packets of a capture up to number N.
func framesOf(m *portmux.Mux, arg, link string) ([]frame, error) {
	const hint = "give a packet as hex, or packet N of a capture as FILE#N"
	if link != "auto" && link != "ip" && link != "ethernet" {
		return nil, cli.Misuse("say what the hex starts with", "--link: %q is not ip, ethernet or auto", link)
	}
	if i := strings.LastIndexByte(arg, '#'); i >= 0 {
		n, err := strconv.Atoi(arg[i+1:])
		if err != nil || n < 1 {
			return nil, cli.Misuse("packets count from 1", "%q: %q is not the number of a packet", arg, arg[i+1:])
		}
		return packetOf(m, arg[:i], n)
	}
	var all []frame
	for part := range strings.SplitSeq(arg, ",") {
		b, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "", "\n", "", "\t", "").Replace(part))
		if err != nil {
			if _, stat := os.Stat(arg); stat == nil {
				return nil, cli.Misuse(hint, "%q is a file: which packet of it?", arg)
			}
			return nil, notHex(part, hint)
		}
		all = append(all, frame{link: linkOf(b, link), bytes: b, length: len(b)})
	}
	return all, nil
}

// notHex says why a text is not hex: by its first wrong character, not by a
// byte of it.
func notHex(text, hint string) error {
	wrong := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF :\n\t", r) })
	if wrong < 0 {
		return cli.Misuse(hint, "%q is not hex: it has an odd number of digits", shorten(text))
	}
	r, _ := utf8.DecodeRuneInString(text[wrong:])
	if typo, _, ok := ipaddr.FindTypo(string(r)); ok {
		return cli.Misuse(hint, "%q is not hex: %s", shorten(text), typo)
	}
	return cli.Misuse(hint, "%q is not hex: %q does not belong in it", shorten(text), r)
}

func shorten(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

// linkOf decides whether hex is an IP packet or an Ethernet frame. An IP
// packet starts with its version, and its length fits; MAC addresses that look
// like this are rare.
func linkOf(b []byte, link string) packet.LinkType {
	switch {
	case link == "ethernet":
		return packet.LinkEthernet
	case link == "ip" || len(b) == 0:
		return packet.LinkRaw
	}
	known := false
	if len(b) >= 14 {
		switch uint16(b[12])<<8 | uint16(b[13]) {
		case packet.TypeIPv4, packet.TypeIPv6, packet.TypeARP, packet.TypeVLAN, packet.TypeQinQ:
			known = true
		}
	}
	switch v := b[0] >> 4; {
	case v == 4 && len(b) >= 20 && int(b[2])<<8|int(b[3]) == len(b), v == 6 && len(b) >= 40 && 40+(int(b[4])<<8|int(b[5])) == len(b):
		return packet.LinkRaw
	case known || v < 4 || v > 6:
		return packet.LinkEthernet
	}
	return packet.LinkRaw
}

// packetOf reads packet n of a capture, and gives those before it to the host.
func packetOf(m *portmux.Mux, path string, n int) ([]frame, error) {
	f, err := cli.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	capture, err := portmux.NewCapture(f)
	for err == nil {
		var b []byte
		if b, err = capture.Next(); err != nil {
			break
		}
		at := frame{capture.Link, b, capture.Length, path, n}
		if capture.Count == n {
			return []frame{at}, nil
		}
		if pkt, _ := at.ip(); pkt != nil {
			m.Deliver(pkt)
		}
	}
	if err == io.EOF {
		return nil, cli.Failed(fmt.Sprintf("it has %d", capture.Count), "%q has no packet %d", path, n)
	}
	return nil, cli.Failed("captures are pcap or pcapng files", "%q: %v", path, err)
}
