package ipaddr

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
)

// A Flag is a cell of the registries' five columns of yes and no. The zero
// Flag is a cell that is blank, which is neither.
type Flag uint8

const (
	Blank         Flag = iota // the registry says nothing
	False                     //
	True                      //
	NotApplicable             // "N/A": the answer depends on more than the address
)

func (f Flag) String() string { return [...]string{"-", "false", "true", "n/a"}[f] }

// MarshalText writes f as String does.
func (f Flag) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// A Block is a row of IANA's special-purpose address registries (RFC 6890
// 2.2), or one of the few blocks that are not in them.
type Block struct {
	Prefix     netip.Prefix
	Text       string   // the prefix as the registry spells it: "::ffff:0:0/96"
	Name       string   // as the registry spells it, its quotes included
	References []string // "RFC1122, Section 3.2.1.3"; the first is the main one
	Allocated  string   // year and month: "1981-09"; blank where unknown
	Terminated string   // likewise; "N/A" where the block is in use

	Source            Flag // may be the source of a packet
	Destination       Flag // may be the destination of a packet
	Forwardable       Flag // a router may forward such a packet
	GloballyReachable Flag // ... beyond its own administrative domain
	Reserved          Flag // IP itself treats it specially ("Reserved-by-Protocol")

	Footnotes []int  // the registry's footnotes on this row, as numbers
	Registry  string // where the row is from: the first line of its file
	Meaning   string // what the block is for, in a sentence of our own
}

// RFC returns the block's main reference without the section: "RFC1122".
func (b Block) RFC() string {
	if len(b.References) == 0 {
		return ""
	}
	rfc, _, _ := strings.Cut(b.References[0], ",")
	return rfc
}

var footnotes = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for _, row := range embeddedTSV("data/footnotes.tsv", 3) {
		all[row[0]+"/"+row[1]] = row[2]
	}
	return all
})

// FootnoteTexts returns what the registry's footnotes on the row say, in words
// of our own; a footnote that is not known is left out.
func (b Block) FootnoteTexts() []string {
	var texts []string
	for _, n := range b.Footnotes {
		if text, ok := footnotes()[fmt.Sprintf("%d/%d", Version(b.Prefix.Addr()), n)]; ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// RFCOf spells a reference of the registries, "RFC1122", as prose does: "RFC 1122".
func RFCOf(reference string) string {
	if rest, found := strings.CutPrefix(reference, "RFC"); found && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return "RFC " + rest
	}
	return reference
}
