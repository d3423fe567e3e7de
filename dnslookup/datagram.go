package dnslookup

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
)

// datagrams are buffers for one datagram, however large.
var datagrams = sync.Pool{New: func() any { b := make([]byte, maxMessage); return &b }}

// overUDP sends a query as one datagram. The socket is connected, so what
// comes is from the server's address and port; a datagram with another ID or
// another question is a late reply or a lie, and is passed over (RFC 5452 9.1).
// If nothing better comes in time, it is returned, so that check can say what
// is wrong with it.
func overUDP(conn net.Conn, query []byte) ([]byte, error) {
	if _, err := conn.Write(query); err != nil {
		return nil, err
	}
	pooled := datagrams.Get().(*[]byte)
	defer datagrams.Put(pooled)
	buf := *pooled
	var other []byte
	for {
		n, err := conn.Read(buf)
		switch {
		case err != nil && other != nil:
			return other, nil
		case err != nil:
			return nil, err
		case n < 2 || buf[0] != query[0] || buf[1] != query[1]:
			continue
		}
		raw := append([]byte(nil), buf[:n]...)
		if belongs(raw, query) {
			return raw, nil
		}
		other = raw
	}
}

// belongs reports whether a datagram may be the reply to a query: it is one,
// and repeats the question if it repeats any. A broken one is for check.
func belongs(raw, query []byte) bool {
	reply, err := Decode(raw)
	if err != nil {
		return true
	}
	if !reply.Response || len(reply.Question) > 1 {
		return false
	}
	asked, err := Decode(query)
	return err != nil || len(reply.Question) == 0 ||
		reply.Question[0].Type == asked.Question[0].Type && strings.EqualFold(reply.Question[0].Name, asked.Question[0].Name)
}

// overStream sends a query with its length before it (RFC 1035 4.2.2).
func overStream(conn net.Conn, query []byte) ([]byte, error) {
	framed := binary.BigEndian.AppendUint16(nil, uint16(len(query)))
	if _, err := conn.Write(append(framed, query...)); err != nil {
		return nil, err
	}
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return nil, err
		}
		raw := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, raw); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if len(raw) >= 2 && raw[0] == query[0] && raw[1] == query[1] {
			return raw, nil
		}
	}
}
