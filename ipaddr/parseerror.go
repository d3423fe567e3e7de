package ipaddr

import (
	"fmt"
	"strconv"

	"onwire/wire"
)

// A ParseError says what is wrong with a text that should be an address, and
// where.
type ParseError struct {
	Input    string    // the whole text, as given
	Offset   int       // the byte of Input where the fault is
	Why      string    // what is wrong: "octet 1 is 300, more than 255"
	Hint     string    // what to write instead; may be empty
	Readings []Reading // what other parsers take the text for
}

// A Reading is what some other parser makes of a text that Parse refuses.
type Reading struct {
	Parser string // "inet_aton (ping, curl, browsers)"
	Means  string // "127.0.0.1"
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("%s: %s (at byte %d)", quote(e.Input), e.Why, e.Offset)
}

// quote quotes a text for a message, and cuts it where it is long.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return wire.Escape(strconv.Quote(string(cut([]byte(s[:most+1]), most)))) + "..."
	}
	return wire.Escape(strconv.Quote(s))
}
