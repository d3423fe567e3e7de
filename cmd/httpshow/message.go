package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"onwire/httpmsg"
	"onwire/internal/term"
	"onwire/wire"
)

// meanings says what a header field is for, in a few words.
var meanings = map[string]string{
	"accept":              "what the client would like (RFC 9110 12.5.1)",
	"allow":               "what can be done to it (RFC 9110 10.2.1)",
	"authorization":       "a scheme, and the credentials (RFC 9110 11.6.2)",
	"cache-control":       "which caches may keep it, and how long (RFC 9111 5.2)",
	"connection":          "about this connection only (RFC 9110 7.6.1)",
	"content-encoding":    "how the body is packed (RFC 9110 8.4)",
	"content-length":      "bytes of the body alone (RFC 9110 8.6)",
	"content-type":        "what the body is (RFC 9110 8.3)",
	"date":                "when it was made (RFC 9110 6.6.1)",
	"etag":                "which version this is (RFC 9110 8.8.3)",
	"expect":              "asks before it sends the body (RFC 9110 10.1.1)",
	"host":                "which site is meant (RFC 9110 7.2)",
	"if-match":            "only if it is still this version (RFC 9110 13.1.1)",
	"if-none-match":       "not if it is this version (RFC 9110 13.1.2)",
	"location":            "where it is (RFC 9110 10.2.2)",
	"retry-after":         "seconds to wait (RFC 9110 10.2.3)",
	"server":              "which program answers (RFC 9110 10.2.4)",
	"trailer":             "what follows the body (RFC 9110 6.6.2)",
	"transfer-encoding":   "how the body is cut (RFC 9112 6.1)",
	"user-agent":          "which program asks (RFC 9110 10.1.5)",
	"vary":                "what the answer depends on (RFC 9110 12.5.5)",
	"www-authenticate":    "which scheme is wanted (RFC 9110 11.6.1)",
	"accept-patch":        "bodies that PATCH takes (RFC 5789 3.1)",
	"content-disposition": "what to do with it (RFC 6266)",
}

// draw draws a message: a line of it a line, or with --hex byte by byte.
func (a *app) draw(m *httpmsg.Message) error {
	if a.hex {
		raw := m.Raw[:m.End]
		whole := *m
		whole.Raw = raw
		return a.Screen().FieldView().Write(a.Out(), raw, whole.Fields())
	}
	if m.Start.Len() > 0 {
		a.drawLine(m.Start.Start, chomp(m.Text(m.Start)), startMeaning(m))
	}
	for _, h := range m.Headers {
		a.drawLine(h.Line.Start, chomp(m.Text(h.Line)), meanings[strings.ToLower(m.Text(h.Name))])
	}
	end := 0
	if n := len(m.Headers); n > 0 {
		end = m.Headers[n-1].Line.End
	} else {
		end = m.Start.End
	}
	if end < len(m.Bytes) {
		a.drawLine(end, "", "an empty line: the head ends")
	}
	a.drawBody(m)
	return nil
}

// unread draws the bytes that follow where a broken message ends.
func (a *app) unread(m *httpmsg.Message) {
	a.leftOver(m.End, m.Rest(), "could not be read")
}

// leftOver draws bytes that are no part of a message.
func (a *app) leftOver(at int, rest []byte, meaning string) {
	const most = 120
	if len(rest) == 0 {
		return
	}
	a.drawLine(at, string(rest[:min(len(rest), most)]), meaning)
	if len(rest) > most {
		a.bodyLine("... " + more(len(rest)-most, "byte"))
	}
}

func startMeaning(m *httpmsg.Message) string {
	if m.Kind == httpmsg.RequestKind {
		return "method, target, version (RFC 9112 3)"
	}
	return "version, status code, reason (RFC 9112 4)"
}

// textColumn is where the text of a line starts.
const textColumn = 6

// drawLine draws one line of a message, and what it is: beside it if there is
// room, else below.
func (a *app) drawLine(at int, text, meaning string) {
	s := a.Screen()
	shown := s.Wrap(textColumn, visible(text))
	line := s.Paint(term.Dim, fmt.Sprintf("%4d  ", at)) + shown
	const column = 38
	switch columns := textColumn + term.Columns(shown); {
	case meaning == "":
	case text == "":
		line += s.Wrap(textColumn, meaning)
	case strings.Contains(shown, "\n") || max(columns+2, column)+term.Columns(meaning) > s.Width:
		line += "\n" + strings.Repeat(" ", textColumn+2) + s.Wrap(textColumn+2, meaning)
	default:
		line += strings.Repeat(" ", max(2, column-columns)) + meaning
	}
	s.Printf("%s\n", strings.TrimRight(line, " "))
}

// chomp returns a line without its ending.
func chomp(line string) string {
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

// visible is text of a message as it may be shown, cut where it is too long to
// read.
func visible(s string) string {
	const most = 2000
	if len(s) <= most {
		return wire.Escape(s)
	}
	return wire.Escape(s[:most]) + fmt.Sprintf("... %s", more(len(s)-most, "byte"))
}

// more returns "1 more byte", "2 more bytes".
func more(n int, what string) string { return term.Count(n, "more "+what) }

// findings draws what is wrong with a message, or may be read in two ways: what
// is there, what the RFC requires, and what parsers do.
func (a *app) findings(m *httpmsg.Message) {
	s := a.Screen()
	for _, f := range m.Findings {
		word, style := "note", term.Yellow
		switch {
		case f.Refuse() && m.Kind == httpmsg.ResponseKind:
			word, style = "bad", term.Red // a response is not answered
		case f.Refuse():
			word, style = fmt.Sprintf("%d", f.Status), term.Red
		}
		s.Printf("%s %s\n", s.Paint(style, fmt.Sprintf("%-4s", word)), s.Wrap(5, visible(fmt.Sprintf("byte %d: %s (%s)", f.Start, f.What, f.Rule.RFC()))))
		if does := f.Requirement(); does != "" {
			s.Printf("     %s\n", s.Wrap(5, required(f.Level().String(), does)))
		}
		if p := f.Rule.Parsers(); p != "" {
			who := "parsers: "
			if m.Kind == httpmsg.ResponseKind && strings.Contains(p, "answer") {
				who = "parsers of requests: " // a response is not answered
			}
			s.Printf("     %s\n", s.Wrap(5, who+p))
		}
	}
}

// advice is the hint for a message that is refused: what the RFC requires.
func advice(f *httpmsg.Finding) string {
	hint := f.Requirement()
	if !strings.Contains(hint, "(RFC ") {
		hint += " (" + f.Rule.RFC() + ")"
	}
	if f.Level() != httpmsg.Must && !strings.Contains(hint, "advise") {
		hint += "; we advise to refuse it, for two programs on the way may read it differently"
	}
	return hint
}

// A record is a message in --json: a wire.Event with the connection and the
// request that it belongs to.
type record struct {
	event      string // "request", "response"
	connection int
	number     int // of the request on its connection
	wire.Event
	message *httpmsg.Message
	err     error
}

// MarshalJSON writes the keys event, connection, request, those of a
// wire.Event, status (0 for a request), findings, error.
func (r record) MarshalJSON() ([]byte, error) {
	b, err := r.Event.MarshalJSON()
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(struct {
		Event      string `json:"event"`
		Connection int    `json:"connection"`
		Request    int    `json:"request"`
	}{r.event, r.connection, r.number})
	if err != nil {
		return nil, err
	}
	list := r.message.Findings
	if list == nil {
		list = []httpmsg.Finding{}
	}
	text := ""
	if r.err != nil {
		text = r.err.Error()
	}
	tail, err := json.Marshal(struct {
		Status   int               `json:"status"`
		Findings []httpmsg.Finding `json:"findings"`
		Error    string            `json:"error"`
	}{r.message.Status, list, text})
	if err != nil {
		return nil, err
	}
	whole := append(head[:len(head)-1:len(head)-1], ',')
	whole = append(append(whole, b[1:len(b)-1]...), ',')
	return append(whole, tail[1:]...), nil
}

// newRecord makes the record of a message.
func newRecord(event string, connection, number int, from, to string, m *httpmsg.Message, err error) record {
	raw := m.Raw[:m.End]
	whole := *m
	whole.Raw = raw
	first, _, _ := strings.Cut(m.Text(m.Start), "\n")
	return record{event: event, connection: connection, number: number, message: m, err: err,
		Event: wire.Event{From: from, To: to, Layer: "HTTP", Label: strings.TrimSpace(first), Bytes: raw, Fields: whole.Fields(), Evidence: wire.Seen}}
}
