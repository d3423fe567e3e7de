package server

import "time"

// A Clock has a time and wakes its caller. A network that is simulated
// comes with a clock of its own, and a test with one that it moves by hand.
type Clock interface {
	// Now returns the present time of this clock.
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed. stop
	// reports whether it came before that.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// longAgo is a deadline that wakes a blocked Read or Write at once, whichever
// clock the connection itself looks at.
var longAgo = time.Unix(1, 0)
