package httpmsg

import (
	"encoding/json"

	"onwire/wire"
)

// A Finding is a place where a message breaks a rule, or where two parsers may
// read it differently.
type Finding struct {
	Rule   Rule
	Span             // the bytes it is about
	What   wire.Note // what is there: "Content-Length 3 beside Content-Length 2"
	Status int       // what our server answers, 400, 501 or 505; 0 if it goes on
	Kind   Kind      // of the message, which decides what the rule requires
}

// Refuse reports whether this package refuses the message: a server answers with
// Status, a client drops the response. Level says whether the RFC requires that.
func (f Finding) Refuse() bool { return f.Status != 0 }

// Level returns how strictly the rule is meant for this kind of message.
func (f Finding) Level() Level { return f.Rule.Level(f.Kind) }

// Requirement returns what the RFC requires: "a server MUST answer 400".
func (f Finding) Requirement() string { return f.Rule.Requirement(f.Kind) }

// MarshalJSON writes f with all its keys: rule, offset, end (bytes), what, rfc,
// level ("MUST", "SHOULD", "MAY", "advice"), requirement, parsers, refuse,
// status.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Rule    string    `json:"rule"`
		Offset  int       `json:"offset"`
		End     int       `json:"end"`
		What    wire.Note `json:"what"`
		RFC     string    `json:"rfc"`
		Level   string    `json:"level"`
		Does    string    `json:"requirement"`
		Parsers string    `json:"parsers"`
		Refuse  bool      `json:"refuse"`
		Status  int       `json:"status"`
	}{f.Rule.String(), f.Start, f.End, f.What, f.Rule.RFC(), f.Level().String(), f.Requirement(), f.Rule.Parsers(), f.Refuse(), f.Status})
}
