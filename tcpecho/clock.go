package tcpecho

import "time"

// A Clock reads the time and wakes its caller. A network that is simulated
// comes with a clock of its own, and a test with one that it moves by hand.
type Clock interface {
	// Now returns the present time of this clock.
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed. stop
	// reports whether it came before that.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// SystemClock is the clock of this machine. Servers, clients and loads that
// are given no clock use it.
var SystemClock Clock = systemClock{}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// orSystem returns c, or the system's clock where none is given.
func orSystem(c Clock) Clock {
	if c == nil {
		return SystemClock
	}
	return c
}

// longAgo is a deadline that wakes a blocked Read or Write at once, whichever
// clock the connection itself looks at.
var longAgo = time.Unix(1, 0)
