package tcpecho

import (
	"io"
	"time"
)

// How a connection ends: with a FIN after all that was read, or with an RST.

// drain echoes what the connection has received up to now, and ends it.
func (c *conn) drain() (Kind, error) {
	if c.srv.closed.Load() {
		return Abort, nil
	}
	// Shutdown holds mu while it sets its deadlines: wait until all are set.
	c.srv.mu.Lock()
	c.srv.mu.Unlock() //lint:ignore SA2001 a barrier, see above
	c.nc.SetReadDeadline(time.Time{})
	if err := c.echoUnread(); err != nil {
		return c.ended(err)
	}
	return c.finish(Drain)
}

// echoUnread echoes what waits to be read.
func (c *conn) echoUnread() error {
	left := unread(c.raw())
	if left == 0 {
		return nil
	}
	room := c.srv.room()
	defer c.srv.release(room)
	b := room.b
	for left > 0 {
		n, err := c.nc.Read(b[:min(left, len(b))])
		left -= n
		if n > 0 {
			c.got(n)
			c.srv.owed.Add(int64(n))
			if err := c.flush(b[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// finish sends a FIN and reads on until the peer ends too. Closing at once
// would answer its next byte with an RST, and that would destroy what we
// echoed and the peer has not read yet.
func (c *conn) finish(kind Kind) (Kind, error) {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok {
		return kind, nil // closing is all that this connection can
	}
	owed := c.unsent() // without the FIN, which no reader takes
	if err := half.CloseWrite(); err != nil {
		return c.ended(err)
	}
	c.outcome = new(outcome)
	b := make([]byte, 2<<10) // small: ten thousand may wait here at once
	clock, linger := orSystem(c.srv.Clock), c.srv.linger()
	began := clock.Now()
	for heard := began; ; {
		stop := clock.AfterFunc(linger-clock.Now().Sub(heard), func() { c.nc.SetReadDeadline(longAgo) })
		n, err := c.nc.Read(b)
		stop()
		c.outcome.late += int64(n)
		c.srv.late.Add(int64(n))
		if err == io.EOF {
			return kind, nil
		}
		if err != nil && !timedOut(err) {
			return c.ended(err)
		}
		now := clock.Now()
		if n > 0 {
			heard = now
		} else if left := c.unsent(); left < owed { // a slow reader
			heard, owed = now, left
		}
		// A peer that would talk for ever has twelve times as long.
		if now.Sub(heard) >= linger || now.Sub(began) >= 12*linger {
			c.srv.mu.Lock()
			c.srv.total.LingerExpired++
			c.srv.mu.Unlock()
			return kind, nil
		}
		if err != nil {
			c.nc.SetReadDeadline(time.Time{}) // that was a timer that came late, or the sweep
		}
	}
}

// reset closes the connection with an RST where it can.
func (c *conn) reset() {
	if l, ok := c.nc.(interface{ SetLinger(int) error }); ok {
		l.SetLinger(0)
	}
	c.nc.Close()
}
