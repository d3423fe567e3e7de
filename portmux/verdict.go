package portmux

import (
	"fmt"
	"strings"
)

// A Kind is what a host does with a packet.
type Kind uint8

const (
	Drop      Kind = iota // nothing; the Reason says why
	Deliver               // the payload goes to an app, or to several
	SynAck                // a listener takes a new connection: the host answers SYN ACK
	Reset                 // the host answers RST
	ICMP                  // the host answers with an ICMP or ICMPv6 message
	SockError             // an app learns of an error at its next call
	Held                  // a fragment, kept until the rest has come
	Unknown               // a capture has not kept enough of the packet to tell
)

// A Verdict is what a host does with one packet. The zero Verdict is a packet
// that is dropped for no reason.
type Verdict struct {
	Kind    Kind
	Version uint8   // of IP, 4 or 6; 0 where that could not be told
	Type    uint8   // of ICMP, where Kind is ICMP: of the answer
	Code    uint8   // of ICMP
	Errno   Errno   // where Kind is SockError
	Reason  Reason  // the rule that decided
	Socket  *Socket // the one that was found; nil for none and for several
	Payload []byte  // of TCP or UDP: what the app gets
	Packet  []byte  // the IP packet, put together where it came in fragments

	rest      uint32    // of an ICMP answer: a pointer to the fault
	shared    bool      // Socket was chosen from sockets by a hash
	sockets   []*Socket // several: those whose bit is set in mask
	mask      uint64
	transport int // where the transport header starts in Packet
}

// Sockets returns all sockets that get the payload, in the order in which they
// were bound; for a SO_REUSEPORT group the one that was chosen.
func (v Verdict) Sockets() []*Socket {
	if v.Socket != nil {
		return []*Socket{v.Socket}
	}
	return v.several()
}

func (v Verdict) several() []*Socket {
	var all []*Socket
	for i, s := range v.sockets {
		if i >= 64 || v.mask>>i&1 != 0 {
			all = append(all, s)
		}
	}
	sortSockets(all)
	return all
}

// Group returns the members of the SO_REUSEPORT group that Socket was chosen
// from, or nil.
func (v Verdict) Group() []*Socket {
	if !v.shared {
		return nil
	}
	return v.several()
}

// App returns the name of the app, or the names with "+" between them for
// several, or with "|" for a SO_REUSEPORT group: one of them.
func (v Verdict) App() string {
	list, sep := v.several(), "+"
	switch {
	case v.shared:
		sep = "|"
	case v.Socket != nil:
		return v.Socket.App
	}
	var names []string
	for _, s := range list {
		names = append(names, s.App)
	}
	return strings.Join(names, sep)
}

// String returns the verdict in one word: deliver:APP, deliver:A+B for all of
// them, deliver:A|B for one of them, synack:APP, rst, icmp:TYPE/CODE,
// icmp6:TYPE/CODE, error:APP:ERRNO, held, unknown, drop.
func (v Verdict) String() string {
	switch v.Kind {
	case Deliver:
		return "deliver:" + v.App()
	case SynAck:
		return "synack:" + v.App()
	case Reset:
		return "rst"
	case ICMP:
		if v.Version == 6 {
			return fmt.Sprintf("icmp6:%d/%d", v.Type, v.Code)
		}
		return fmt.Sprintf("icmp:%d/%d", v.Type, v.Code)
	case SockError:
		return "error:" + v.App() + ":" + v.Errno.String()
	case Held:
		return "held"
	case Unknown:
		return "unknown"
	}
	return "drop"
}

// An Errno is an error that a system call returns, by its POSIX name.
type Errno uint8

const (
	_ Errno = iota
	ECONNREFUSED
	ECONNRESET
	EHOSTUNREACH
	ENETUNREACH
	ENOPROTOOPT
	EMSGSIZE
	EOPNOTSUPP
	EHOSTDOWN
	ENONET
	EPROTO
	EACCES
)

func (e Errno) String() string {
	return [...]string{"none", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOPROTOOPT", "EMSGSIZE",
		"EOPNOTSUPP", "EHOSTDOWN", "ENONET", "EPROTO", "EACCES"}[e]
}
