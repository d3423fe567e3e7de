package dnslookup

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"net/netip"

	"github.com/miekg/dns"
)

// EDNSOptions are what a query says beyond its question (RFC 6891). The zero
// value sends none of them. Batch sends none over its fast way.
type EDNSOptions struct {
	NSID    bool         // ask the server which machine it is (RFC 5001)
	Cookie  bool         // send a cookie, and demand it back (RFC 7873)
	Subnet  netip.Prefix // the network to answer for; not valid: none (RFC 7871)
	Padding int          // make the query a multiple of so many bytes long; 0: as it is (RFC 7830, 8467)
}

// addOptions adds the options to a query that has an OPT record. Padding comes
// last, since it fills up what the others leave.
func (l *lookup) addOptions(m *dns.Msg, server Server) error {
	want, opt := l.r.EDNS, m.IsEdns0()
	if want.NSID {
		opt.Option = append(opt.Option, &dns.EDNS0_NSID{Code: dns.EDNS0NSID})
	}
	if want.Cookie {
		opt.Option = append(opt.Option, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: hex.EncodeToString(l.cookieFor(server))})
	}
	if p := want.Subnet; p.IsValid() {
		family := uint16(1)
		if p.Addr().Is6() {
			family = 2
		}
		opt.Option = append(opt.Option, &dns.EDNS0_SUBNET{
			Code: dns.EDNS0SUBNET, Family: family, SourceNetmask: uint8(p.Bits()), Address: p.Masked().Addr().AsSlice(),
		})
	}
	if want.Padding > 0 {
		raw, err := m.Pack()
		if err != nil {
			return err
		}
		const head = 4 // the option's own code and length
		rest := (len(raw) + head) % want.Padding
		opt.Option = append(opt.Option, &dns.EDNS0_PADDING{Padding: make([]byte, (want.Padding-rest)%want.Padding)})
	}
	return nil
}

// clientCookie is the length of a client's part of a cookie (RFC 7873 4.1).
const clientCookie = 8

// cookieFor returns the cookie for a server: our part, and the server's if it
// has given one. Each server gets another one, so that no two of them can tell
// by it that we are the same client.
func (l *lookup) cookieFor(server Server) []byte {
	if l.cookies == nil {
		l.cookies = map[netip.AddrPort][]byte{}
	}
	cookie := l.cookies[server.Addr]
	if cookie == nil {
		cookie = make([]byte, clientCookie)
		if l.r.Repeat {
			copy(cookie, server.Addr.String())
		} else {
			rand.Read(cookie)
		}
		l.cookies[server.Addr] = cookie
	}
	return cookie
}

// keepCookie keeps the server's part of a cookie for the next query, and
// reports whether there was one.
func (l *lookup) keepCookie(server Server, m *Message) bool {
	if !l.r.EDNS.Cookie || m.EDNS == nil {
		return false
	}
	for _, o := range m.EDNS.Options {
		if o.Code == optCookie && len(o.data) > clientCookie {
			l.cookies[server.Addr] = bytes.Clone(o.data)
			return true
		}
	}
	return false
}

// checkCookie refuses a reply with another client's cookie (RFC 7873 5.3): it
// is not to this query.
func (l *lookup) checkCookie(server Server, m *Message) error {
	if !l.r.EDNS.Cookie || m.EDNS == nil {
		return nil
	}
	ours := l.cookieFor(server)[:clientCookie]
	for _, o := range m.EDNS.Options {
		if o.Code == optCookie && !bytes.Equal(o.data[:clientCookie], ours) {
			return tryFailed(ErrFormat, false, "the reply carries the cookie of another client (RFC 7873 5.3)")
		}
	}
	return nil
}
