package server

import "sync/atomic"

// A budget bounds the bytes of request bodies, and of responses that clients
// have not taken, over all connections of a Server. Without it a thousand
// clients that ask and never read would hold a thousand responses.
type budget struct {
	most int64
	used atomic.Int64
}

// take reserves n bytes, if there are so many left.
func (b *budget) take(n int64) bool {
	if b.used.Add(n) <= b.most {
		return true
	}
	b.used.Add(-n)
	return false
}

func (b *budget) give(n int64) {
	if n > 0 {
		b.used.Add(-n)
	}
}

const (
	// maxPending is how much of its responses a connection gathers before it
	// sends them, and reads on only when the client has taken them.
	maxPending = 16 << 10
	// smallBody is a body that is not worth counting.
	smallBody = 2 << 10
)

// hold reserves memory for a body of n bytes, and for the copy of it that is
// made while it is read or sent, until the next flush of this connection.
func (c *conn) hold(n int64) bool {
	if n <= smallBody {
		return true
	}
	n *= 2
	if !c.srv.budget.take(n) {
		return false
	}
	c.held += n
	return true
}

// release gives back what this connection holds.
func (c *conn) release() {
	c.srv.budget.give(c.held)
	c.held = 0
}
