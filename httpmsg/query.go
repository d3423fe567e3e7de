package httpmsg

import (
	"strings"

	"onwire/wire"
)

// A QueryPair is one name=value of a query, or of a form's body.
type QueryPair struct {
	Span              // in the query
	RawName, RawValue string
	Name, Value       string    // decoded as a form does: + is a space
	HasValue          bool      // there is an =
	Note              wire.Note // what is odd about it
}

// QueryPairs takes a query apart as forms do (application/x-www-form-urlencoded,
// URL Standard 5.1). RFC 3986 itself knows no pairs: a query is a string.
// Empty pairs are passed over.
func QueryPairs(query string) []QueryPair {
	var all []QueryPair
	start := 0
	for start <= len(query) {
		end := len(query)
		if i := strings.IndexByte(query[start:], '&'); i >= 0 {
			end = start + i
		}
		if end > start {
			all = append(all, queryPair(query, Span{start, end}))
		}
		start = end + 1
	}
	return all
}

func queryPair(query string, s Span) QueryPair {
	p := QueryPair{Span: s}
	p.RawName, p.RawValue, p.HasValue = strings.Cut(query[s.Start:s.End], "=")
	p.Name, p.Value = FormDecode(p.RawName), FormDecode(p.RawValue)
	if _, eaten := eatenIn(query[s.Start:s.End]); eaten {
		p.Note = wire.Notef("a character that HTML made of a \"&\" and the start of a name")
	} else if strings.Contains(p.RawName+p.RawValue, "+") {
		p.Note = wire.Notef("+ is a space in a form, and a plus sign everywhere else")
	}
	return p
}
