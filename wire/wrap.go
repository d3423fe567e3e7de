package wire

import (
	"regexp"
	"strings"
	"sync"
)

// Wrap breaks one line of text into lines of at most the given columns, at
// spaces only: a name, an address or a key is never torn, and a word that is
// longer than a line sticks out. A reference such as "RFC 1122 3.2.1.3" and a
// command in single quotes stay on one line where they fit. measure returns the
// columns that a text takes. The result has at least one line.
func Wrap(text string, columns int, measure func(string) int) []string {
	if measure(text) <= columns {
		return []string{text}
	}
	var lines []string
	line := ""
	for i, unit := range units(text, columns, measure) {
		switch {
		case i == 0:
			line = unit
		case line == "" && len(lines) > 0: // no line starts with a space
			line = unit
		case strings.TrimSpace(line) == "" || measure(line)+1+measure(unit) <= columns:
			line += " " + unit
		default:
			lines = append(lines, strings.TrimRight(line, " "))
			line = unit
		}
	}
	return append(lines, strings.TrimRight(line, " "))
}

// whole matches what is one thing although it has spaces in it. It is compiled
// when a line is long: a command that draws none starts sooner.
var whole = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\bRFC \d+(?: \d[\d.]*| [A-Z][\d.]*\b)?|(?:^|[ (])'[^']{1,100}'`)
})

// glue takes the place of a space inside such a thing.
const glue = "\x00"

// units returns the words of a text, and as one word what belongs together and
// fits on a line.
func units(text string, columns int, measure func(string) int) []string {
	text = whole().ReplaceAllStringFunc(text, func(thing string) string {
		before := ""
		if thing[0] == ' ' {
			before, thing = " ", thing[1:]
		}
		return before + strings.ReplaceAll(thing, " ", glue)
	})
	var units []string
	for word := range strings.SplitSeq(text, " ") {
		if unit := strings.ReplaceAll(word, glue, " "); measure(unit) <= columns {
			units = append(units, unit)
		} else {
			units = append(units, strings.Split(word, glue)...)
		}
	}
	return units
}
