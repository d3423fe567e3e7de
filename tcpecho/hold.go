package tcpecho

// A peer that never reads makes the server keep what it has read and cannot
// write. That is bounded for all of them together: once maxHeld buffers are
// kept, a connection reads so little at a time that little can be left over.
const (
	maxHeld = 512     // buffers: 32 MiB
	little  = 4 << 10 // bytes
)

// most returns how much to read into a buffer.
func (s *Server) most() int {
	if s.held.Load() >= maxHeld {
		return little
	}
	return len(buffer{})
}

// A leftover was read from the peer, which has not taken it yet.
type leftover struct {
	b     []byte
	whole *buffer // that b is part of, if it is
}

// leave is the outcome of a read whose last bytes, whole[w:n], the peer has not
// taken. It is not inlined: its frame would be a part of each waiting
// connection's stack, which then has 4 KiB in place of 2.
//
//go:noinline
func (s *Server) leave(whole *buffer, w, n int) *outcome {
	s.owed.Add(int64(n - w))
	part := whole[w:n]
	if len(part) <= little {
		o := &outcome{left: leftover{b: append([]byte(nil), part...)}}
		buffers.Put(whole)
		return o
	}
	s.held.Add(1)
	return &outcome{left: leftover{part, whole}}
}

// release gives back the buffer of a leftover.
func (s *Server) release(l leftover) {
	if l.whole != nil {
		s.held.Add(-1)
		buffers.Put(l.whole)
	}
}

// room returns a buffer to wait with, a small one if there are many.
func (s *Server) room() leftover {
	if s.held.Load() >= maxHeld {
		return leftover{b: make([]byte, little)}
	}
	s.held.Add(1)
	whole := buffers.Get().(*buffer)
	return leftover{whole[:], whole}
}
