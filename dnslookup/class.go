package dnslookup

import (
	"fmt"
	"strconv"
	"strings"
)

// A Class is the class of a record or a question (RFC 1035 3.2.4). All names of
// the Internet are in class IN; CH is left for questions to a server about
// itself, such as "version.bind. CH TXT".
type Class uint16

const (
	ClassIN   Class = 1
	ClassCH   Class = 3   // Chaosnet
	ClassHS   Class = 4   // Hesiod
	ClassNONE Class = 254 // of updates only (RFC 2136)
	ClassANY  Class = 255 // of questions and updates only
)

var classNames = map[Class]string{ClassIN: "IN", ClassCH: "CH", ClassHS: "HS", ClassNONE: "NONE", ClassANY: "ANY"}

// String returns the registered name, or "CLASS2" as RFC 3597 has it.
func (c Class) String() string {
	if name, ok := classNames[c]; ok {
		return name
	}
	return "CLASS" + strconv.Itoa(int(c))
}

// MarshalText writes the class by its name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ParseClass understands a name ("ch") or RFC 3597's "CLASS3".
func ParseClass(s string) (Class, error) {
	upper := strings.ToUpper(s)
	for c, name := range classNames {
		if upper == name {
			return c, nil
		}
	}
	if digits, ok := strings.CutPrefix(upper, "CLASS"); ok {
		if n, err := strconv.ParseUint(digits, 10, 16); err == nil {
			return Class(n), nil
		}
	}
	return 0, fmt.Errorf("%q is not a class", s)
}

// field writes the class as the field of a message.
func (c Class) field() string {
	if name, ok := classNames[c]; ok {
		return fmt.Sprintf("%s (%d)", name, uint16(c))
	}
	return strconv.Itoa(int(c))
}

func (c Class) note() string {
	switch c {
	case ClassIN:
		return "the Internet"
	case ClassNONE, ClassANY:
		return "of updates and questions only"
	}
	return "not the Internet"
}
