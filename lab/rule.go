package lab

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Rule is something that the wire does to some frames. It reads as it is
// said: Lose(Data.Nth(2)), Delay(Frames.From("server"), 80*time.Millisecond).
type Rule struct {
	action action
	which  Which
	delay  time.Duration
	bit    int
}

type action uint8

const (
	lose action = iota
	breakBit
	delay
	twice
	swap
)

// Verbs are the words that [ParseRule] knows, each with what it does.
var Verbs = []struct{ Name, Does string }{
	lose:     {"lose", "lose these frames"},
	breakBit: {"break", "turn over one bit in these frames"},
	delay:    {"delay", "let these frames arrive later"},
	twice:    {"dup", "let these frames arrive twice"},
	swap:     {"swap", "let these frames arrive after the next one"},
}

// MaxDelay is the longest delay that a rule may ask for.
const MaxDelay = 10 * time.Minute

// Lose loses the frames.
func Lose(w Which) Rule { return Rule{action: lose, which: w} }

// Break turns over one bit of each of the frames: the lowest of the first byte
// of the payload, or of the last byte of the frame where there is no payload.
// Of a share of the frames it turns over any bit after the Ethernet header.
func Break(w Which) Rule { return Rule{action: breakBit, which: w, bit: -1} }

// BreakBit turns over the given bit, counted from the start of the frame.
// Frames that are not so long stay whole.
func BreakBit(w Which, bit int) Rule { return Rule{action: breakBit, which: w, bit: bit} }

// Delay lets the frames arrive later by d, and others overtake them.
func Delay(w Which, d time.Duration) Rule { return Rule{action: delay, which: w, delay: d} }

// Twice lets the frames arrive twice.
func Twice(w Which) Rule { return Rule{action: twice, which: w} }

// Swap lets the frames arrive after the next frame of the same host, if that
// comes within 100 ms, and else after those.
func Swap(w Which) Rule { return Rule{action: swap, which: w} }

// From returns the host whose frames the rule is about, or "" for all hosts.
func (r Rule) From() string { return r.which.from }

// String returns the rule in the words that ParseRule reads.
func (r Rule) String() string {
	s := Verbs[r.action].Name + " " + r.which.String()
	switch {
	case r.action == delay:
		s += " by " + r.delay.String()
	case r.action == breakBit && r.bit >= 0:
		s += " bit " + strconv.Itoa(r.bit)
	}
	return s
}

// ParseRule reads a rule from the words after its verb, as they are written on
// a command line: "data 2", "20%", "syn 1-3", "5 bit 300", "80ms",
// "data from server by 80ms". A bare number is the number of a frame. A rule has
// one kind of frame, one number or range, one share, one host; the order does
// not matter. Words may be joined by colons instead of spaces. An error quotes
// the word and says which of the words it is.
func ParseRule(verb, words string) (Rule, error) {
	r := Rule{which: Frames, bit: -1}
	for i := range Verbs {
		if Verbs[i].Name == verb {
			r.action = action(i)
		}
	}
	if Verbs[r.action].Name != verb {
		return Rule{}, fmt.Errorf("%q is no verb of a rule", verb)
	}
	fields := strings.FieldsFunc(words, func(c rune) bool { return c == ' ' || c == ':' })
	if len(fields) == 0 {
		return Rule{}, fmt.Errorf("%s what? the rule %q names no frames", verb, words)
	}
	said := make(map[string]string) // what is settled, and by which word
	for i := 0; i < len(fields); i++ {
		word, place := fields[i], i+1
		next := func() string {
			if i++; i < len(fields) {
				return fields[i]
			}
			return ""
		}
		what, err := r.read(word, next)
		if before, twice := said[what]; err == nil && twice {
			err = fmt.Errorf("%q after %q: a rule has one %s", word, before, what)
		}
		if err != nil {
			return Rule{}, fmt.Errorf("%s %q, word %d: %w", verb, words, place, err)
		}
		said[what] = word
	}
	if err := r.check(); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// read takes one word, and those that belong to it from next, and returns what
// it is about.
func (r *Rule) read(word string, next func() string) (what string, err error) {
	kind, isKind := kindNamed(word)
	switch {
	case isKind:
		r.which.kind = kind
		return "kind of frame", nil
	case word == "from":
		if r.which.from = next(); r.which.from == "" {
			err = errors.New(`"from": no host follows`)
		}
		return "host", err
	case word == "bit" && r.action == breakBit:
		if r.bit, err = strconv.Atoi(next()); err != nil || r.bit < 0 {
			err = errors.New(`"bit": no number follows, from 0 up`)
		}
		return "bit", err
	case word == "by" && r.action == delay:
		if r.delay, err = time.ParseDuration(next()); err != nil {
			err = errors.New(`"by": no time follows, such as 80ms`)
		}
		return "delay", err
	}
	if d, err := time.ParseDuration(word); err == nil && strings.ContainsAny(word, "mshnuµ") && r.action == delay {
		r.delay = d
		return "delay", nil
	}
	return r.which.parse(word)
}

func (r Rule) check() error {
	if r.action == delay && r.delay == 0 {
		return fmt.Errorf("delay %v: by how long? want a delay such as 80ms", r.which)
	}
	if r.action == delay && (r.delay < 0 || r.delay > MaxDelay) {
		return fmt.Errorf("%v: want a delay above 0 and up to %v", r, MaxDelay)
	}
	if w := r.which; !(w.percent >= 0 && w.percent <= 100) || w.first < 0 || w.last < w.first {
		return fmt.Errorf("%v: want numbers from 1 up, or a share of 0%% to 100%%", r)
	}
	return nil
}

// A counter is a rule at work: it counts the frames that it looks at.
type counter struct {
	Rule
	random *rand.Rand
	seen   int
	met    atomic.Bool // it has hit a frame
}

// apply lets the rule speak about a frame.
func (c *counter) apply(f Frame, v *Verdict) {
	w := c.which
	if w.from != "" && w.from != f.From || !w.kind.matches(f.Bytes) {
		return
	}
	c.seen++
	n := c.seen
	if w.kind == kindFrame && w.from == "" {
		n = f.Number
	}
	if w.first > 0 && (n < w.first || n > w.last) {
		return
	}
	if w.byShare && 100*c.random.Float64() >= w.percent {
		return
	}
	switch {
	case c.action == lose && !v.Lost:
		*v = Verdict{Lost: true}
	case c.action != lose && v.Lost:
		return
	}
	switch c.action {
	case delay:
		v.Delay += c.delay
	case twice:
		v.Copies++
	case swap:
		v.Swapped = true
	case breakBit:
		bit := c.bit
		if bit < 0 && w.byShare {
			bit = etherBits + c.random.IntN(len(f.Bytes)*8-etherBits)
		} else if bit < 0 {
			bit = usualBit(f.Bytes)
		}
		if bit >= len(f.Bytes)*8 {
			return
		}
		if !slices.Contains(v.Bits, bit) {
			v.Bits = append(v.Bits, bit)
		}
	}
	c.met.Store(true)
	if v.Why != "" {
		v.Why += ", "
	}
	v.Why += c.String()
}
