package term

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A Progress shows how far a long task is, on one line that it overwrites. It
// shows nothing unless w is a terminal, and nothing in the first second.
type Progress struct {
	w    io.Writer
	stop chan struct{}
	done sync.WaitGroup
}

// StartProgress calls line about five times a second and shows what it
// returns, until Stop. line is called from another goroutine.
func StartProgress(w io.Writer, line func() string) *Progress {
	p := &Progress{w: w, stop: make(chan struct{})}
	if !IsTerminal(w) {
		return p
	}
	p.done.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		shown := false
		for n := 0; ; n++ {
			select {
			case <-p.stop:
				if shown {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-tick.C:
				if n >= 5 {
					fmt.Fprintf(w, "\r\x1b[K%s", line())
					shown = true
				}
			}
		}
	})
	return p
}

// Stop takes the line away. It may be called once.
func (p *Progress) Stop() {
	close(p.stop)
	p.done.Wait()
}
