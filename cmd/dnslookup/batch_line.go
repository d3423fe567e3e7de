package main

import (
	"fmt"
	"iter"
	"net/netip"
	"strings"

	"onwire/dnslookup"
	"onwire/wire"
)

// A wrongLine is a line that is not a name to ask for, and why.
type wrongLine struct {
	text string
	err  error
}

// questions reads the names, one a line. In place of a line that is none, it
// yields a question without a name, so that its row comes in its place.
func (b *batch) questions(lines lineReader) iter.Seq[dnslookup.Question] {
	return func(yield func(dnslookup.Question) bool) {
		for index := 0; lines.Scan(); {
			text := lines.Text()
			if text == "" || text[0] == '#' {
				continue
			}
			q, err := b.question(text)
			if err != nil {
				b.wrong[index] = wrongLine{text, err}
				q.Name = ""
			} else if q.Name == "" {
				continue
			}
			index++
			b.asked.Add(1)
			if !yield(q) {
				return
			}
		}
		b.unread = lines.Err()
	}
}

func (b *batch) question(text string) (dnslookup.Question, error) {
	q := dnslookup.Question{Type: b.types[0]}
	name, rest := text, ""
	if i := strings.IndexAny(text, " \t\r"); i >= 0 {
		words := strings.Fields(text)
		if len(words) == 0 {
			return q, nil
		}
		if name = words[0]; len(words) > 1 {
			rest = words[1]
		}
		if len(words) > 2 {
			return q, fmt.Errorf("%q is more than a name and a type", text)
		}
	}
	var err error
	if addr, bad := netip.ParseAddr(name); bad == nil { // its name is what is meant
		name = dnslookup.ReverseName(addr)
		if !b.typeGiven {
			q.Type = dnslookup.TypePTR
		}
	}
	if rest != "" {
		if q.Type, err = dnslookup.ParseType(rest); err != nil {
			return q, err
		}
	}
	if last := name[len(name)-1]; '0' <= last && last <= '9' || last >= 0x80 {
		if why := dnslookup.NotAddress(name); why != "" {
			return q, fmt.Errorf("%q looks like an address, but %s", name, why)
		}
	}
	q.Name, err = dnslookup.ParseName(name)
	return q, err
}

// firstWord returns the first column of a line that could not be asked: short,
// and safe to print.
func firstWord(line string) string {
	const most = 64
	word, _, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")), " ")
	if len(word) > most {
		word = word[:most] + "..."
	}
	return wire.Escape(word)
}
