package httpmsg

import "strings"

// A Level is how strictly a requirement is meant (RFC 2119), or that there is
// none.
type Level uint8

const (
	Advice Level = iota // the RFC leaves it open: our advice
	May                 // MAY: both ways are right
	Should              // SHOULD: there may be reasons not to
	Must                // MUST
)

// String returns "MUST", "SHOULD", "MAY" or "advice".
func (l Level) String() string { return [...]string{"advice", "MAY", "SHOULD", "MUST"}[l] }

// String returns the rule's short name.
func (r Rule) String() string { return rules[r].name }

// RFC returns where the rule is written: "RFC 9112 6.3".
func (r Rule) RFC() string { return rules[r].rfc }

// Level returns how strictly the rule is meant for messages of that kind.
func (r Rule) Level(k Kind) Level { return r.duty(k).level }

// Requirement returns what the RFC requires of a program that reads such a
// message: "a server MUST answer 400". It is "" if the rule is not for messages
// of that kind.
func (r Rule) Requirement(k Kind) string { return r.duty(k).does }

// Parsers returns a sentence that says what real parsers do with it, each with
// its version.
func (r Rule) Parsers() string {
	s := rules[r].parsers
	for _, v := range versions {
		s = strings.Replace(s, v.name, v.name+" "+v.version, 1)
	}
	return s
}

func (r Rule) duty(k Kind) duty {
	if k == ResponseKind {
		return rules[r].response
	}
	return rules[r].request
}

// Rules returns all rules.
func Rules() []Rule {
	all := make([]Rule, 0, numRules-1)
	for r := NoRule + 1; r < numRules; r++ {
		all = append(all, r)
	}
	return all
}
