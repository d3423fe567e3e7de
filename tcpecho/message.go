package tcpecho

import (
	"encoding/binary"
	"math/rand/v2"
)

// messages are what a Load sends: parts of one row of bytes, each beginning a
// byte after the last. A message that comes back twice, or on the wrong
// connection, then differs from the one that was sent. All connections share the
// row.
type messages struct {
	row  []byte
	size int
}

// shifts is how many messages differ before they repeat.
const shifts = 4096

// changed are bytes that servers change which do not echo: letters in both
// cases, ends of lines, control characters, bytes that are not UTF-8.
const changed = "aZ\n\r\x00\x7f\xff\x80\x1b \xe4zA\t"

// newMessages returns messages of size bytes: those of changed, and random
// ones after them, the same for the same seed.
func newMessages(size int, seed uint64) messages {
	row := make([]byte, size+shifts)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	rand.NewChaCha8(key).Read(row)
	copy(row, changed)
	return messages{row, size}
}

// of returns message n of a connection.
func (m messages) of(conn, n int64) []byte {
	return m.row[uint64(conn*31+n)%shifts:][:m.size]
}
