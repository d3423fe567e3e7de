package tcpecho

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// A Client talks to an echo server over one connection. It is a net.Conn with
// the two things that an echo is about: half-close, and comparing.
type Client struct {
	net.Conn
	Clock Clock // nil is the system's
}

// ErrNoHalfClose is what CloseWrite returns on a connection that can only be
// closed whole.
var ErrNoHalfClose = errors.New("this connection cannot be closed in one direction only")

// CloseWrite sends a FIN: this side has said all it had to say, and goes on
// listening (RFC 9293 3.6).
func (c *Client) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return ErrNoHalfClose
}

// Echo sends p and reads as many bytes back. It is an error if they differ.
func (c *Client) Echo(p []byte) error {
	wrote := make(chan error, 1)
	go func() { // the server may fill our buffer before it has taken all of p
		_, err := c.Write(p)
		wrote <- err
	}()
	back := make([]byte, len(p))
	n, err := io.ReadFull(c, back)
	if err != nil {
		// Unblock the writer without deciding for the caller how to close.
		c.SetWriteDeadline(longAgo)
		werr := <-wrote
		c.SetWriteDeadline(time.Time{})
		if werr != nil && !timedOut(werr) {
			err = werr
		}
		return fmt.Errorf("%d of %d bytes came back: %w", n, len(p), err)
	}
	if err := <-wrote; err != nil {
		return err
	}
	if i := firstDifference(p, back); i >= 0 {
		return &DifferenceError{Offset: int64(i), Sent: p[i], Received: back[i]}
	}
	return nil
}

// A DifferenceError says where what came back is not what was sent.
type DifferenceError struct {
	Offset         int64 // bytes before it are equal
	Sent, Received byte
}

func (e *DifferenceError) Error() string {
	return fmt.Sprintf("byte %d came back as %02x, not %02x", e.Offset, e.Received, e.Sent)
}

// firstDifference returns where a and b differ, or -1; the end of the shorter
// one is no difference.
func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return -1
	}
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}
