package dnslookup

import (
	"fmt"
	"time"
)

// repeat sends again what has waited too long, and gives up on what has waited
// for as long as Lookup would.
func (b *batch) repeat() {
	b.scanned = b.now
	patience := b.r.patience()
	lost := false
	for i := range b.slots {
		s := &b.slots[i]
		if !s.busy || b.now.Before(s.due) {
			continue
		}
		if b.now.Sub(s.first) >= patience {
			if b.replies == 0 {
				wrong := ""
				if b.strays > 0 {
					wrong = fmt.Sprintf("; %d %s with a wrong ID came", b.strays, map[bool]string{true: "reply", false: "replies"}[b.strays == 1])
				}
				b.fatal(tryFailed(ErrTimeout, false, "no reply to any of the first %d questions%s", len(b.slots)-len(b.free), wrong))
				return
			}
			if len(b.r.Servers) > 1 {
				b.detour(i)
				continue
			}
			b.finish(i, answered{Answer{Index: s.index, Question: s.question},
				&Error{Question: s.question, Kind: ErrTimeout, Detail: fmt.Sprintf("%s did not reply to %d queries", b.r.Servers[0], s.tries)}})
			continue
		}
		lost = true
		if b.o.Retried != nil {
			b.o.Retried()
		}
		if b.send(s) != nil {
			return
		}
	}
	if lost { // the server, or the way to it, is overloaded
		b.window = max(8, b.window/2)
	}
	b.checked(b.io.flush())
}

// rto is how long to wait for a reply before asking again (RFC 6298).
type rto struct{ mean, deviation time.Duration }

func (t *rto) sample(rtt time.Duration) {
	if t.mean == 0 {
		t.mean, t.deviation = rtt, rtt/2
		return
	}
	t.deviation += (max(rtt-t.mean, t.mean-rtt) - t.deviation) / 4
	t.mean += (rtt - t.mean) / 8
}

func (t *rto) wait() time.Duration {
	if t.mean == 0 {
		return firstRTO
	}
	return max(minRTO, t.mean+4*t.deviation)
}
