package server

import (
	"net"
	"sync"
	"time"
)

// A watchdog ends the Read or Write that a connection waits in, once its time
// is over. It goes by any Clock, where a deadline would go by the system's.
type watchdog struct {
	nc    net.Conn
	clock Clock

	mu    sync.Mutex
	round int // which arming is in force
	fired bool
	stop  func() bool
}

// arm gives what follows d from now on. 0 is no limit.
func (w *watchdog) arm(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calm()
	if d <= 0 {
		return
	}
	round := w.round
	w.stop = w.clock.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.round == round { // else it came too late to matter
			w.fired = true
			w.nc.SetDeadline(longAgo)
		}
	})
}

// disarm takes the time limit away, and reports whether it had passed.
func (w *watchdog) disarm() (fired bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calm()
}

// wake ends what the connection waits in, as if its time were over.
func (w *watchdog) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fired = true
	w.nc.SetDeadline(longAgo)
}

// calm ends the arming in force. mu is held.
func (w *watchdog) calm() (fired bool) {
	w.round++
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
	if fired = w.fired; fired {
		w.nc.SetDeadline(time.Time{})
		w.fired = false
	}
	return fired
}
