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
// another question is a late reply or a forged one, and is passed over (RFC
// 5452 9.1). wrongIDs counts the former. If nothing better comes in time, one
// of the latter is returned, so that check can say what is wrong with it. A
// strict caller gives up at the first wrong ID: no late reply comes to a socket
// that has sent one query, and TCP cannot be guessed at.
func overUDP(conn net.Conn, query []byte, strict bool) (raw []byte, wrongIDs int, err error) {
	if _, err := conn.Write(query); err != nil {
		return nil, 0, err
	}
	pooled := datagrams.Get().(*[]byte)
	defer datagrams.Put(pooled)
	buf := *pooled
	var other []byte
	for {
		n, err := conn.Read(buf)
		switch {
		case err != nil && other != nil:
			return other, wrongIDs, nil
		case err != nil:
			return nil, wrongIDs, err
		case n < 2:
			continue
		case buf[0] != query[0] || buf[1] != query[1]:
			if wrongIDs++; strict && n >= 12 && buf[2]&0x80 != 0 {
				return nil, 0, tryFailed(errWrongID, false, "a reply with a wrong ID came, which may be forged")
			}
			continue
		}
		raw := append([]byte(nil), buf[:n]...)
		if belongs(raw, query) {
			return raw, wrongIDs, nil
		}
		other = raw
	}
}

// belongs reports whether a datagram may be the reply to a query: it is one,
// and repeats the question if it repeats any. A broken one is for check.
func belongs(raw, query []byte) bool {
	reply, err := head(raw)
	if len(raw) < 12 {
		return true
	}
	if !reply.Response || reply.Opcode != 0 || len(reply.Question) > 1 {
		return false
	}
	asked, bad := head(query)
	return err != nil || bad != nil || len(reply.Question) == 0 || repeats(asked, reply)
}

// repeats reports whether a reply has the question of the query, in any case of
// letters.
func repeats(asked, reply *Message) bool {
	a, b := asked.Question[0], reply.Question[0]
	return a.Type == b.Type && asked.class == reply.class && strings.EqualFold(a.Name, b.Name)
}

// overStream sends a query with its length before it (RFC 1035 4.2.2).
func overStream(conn net.Conn, query []byte) (raw []byte, wrongIDs int, err error) {
	if _, err := conn.Write(frame(query)); err != nil {
		return nil, 0, err
	}
	for {
		raw, err := readFramed(conn)
		if err != nil {
			return nil, wrongIDs, err
		}
		if len(raw) >= 2 && raw[0] == query[0] && raw[1] == query[1] {
			return raw, wrongIDs, nil
		}
		wrongIDs++
	}
}

// frame puts the length before a message.
func frame(msg []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(msg))), msg...)
}

// readFramed reads one message with its length before it.
func readFramed(conn io.Reader) ([]byte, error) {
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
	return raw, nil
}
