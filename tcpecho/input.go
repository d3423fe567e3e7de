package tcpecho

import (
	"io"
	"time"
)

// An input reads ahead in a goroutine of its own. A Read of a terminal has no
// deadline; a receive from a channel can be left for something else.
type input struct {
	chunks chan chunk
	free   chan []byte
	quit   chan struct{}
}

// A chunk is what one Read returned. After an error there is no other.
type chunk struct {
	b   []byte
	err error
}

func readAhead(r io.Reader) *input {
	in := &input{make(chan chunk), make(chan []byte, 2), make(chan struct{})}
	in.free <- make([]byte, 64<<10)
	in.free <- make([]byte, 64<<10)
	go in.read(r)
	return in
}

func (in *input) read(r io.Reader) {
	defer close(in.chunks)
	for {
		var b []byte
		select {
		case b = <-in.free:
		case <-in.quit:
			return
		}
		n, err := r.Read(b[:cap(b)])
		select {
		case in.chunks <- chunk{b[:n], err}:
		case <-in.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// close ends the goroutine, once its Read has returned.
func (in *input) close() { close(in.quit) }

// countTime is how long rest counts.
const countTime = 100 * time.Millisecond

// rest counts the bytes that are left, up to the end of the input or for
// countTime: a pipe may stay open or go on for ever. more reports that it did not
// see the end.
func (in *input) rest(clock Clock) (n int64, more bool) {
	passed := make(chan struct{})
	stop := clock.AfterFunc(countTime, func() { close(passed) })
	defer stop()
	for {
		select {
		case part, ok := <-in.chunks:
			if n += int64(len(part.b)); !ok || part.err != nil {
				return n, ok && part.err != io.EOF
			}
			in.free <- part.b
		case <-passed:
			return n, true
		}
	}
}
