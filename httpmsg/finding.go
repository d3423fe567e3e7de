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
	What   wire.Note // what stands there: "Content-Length 3 beside Content-Length 2"
	Status int       // what a server answers, 400, 501 or 505; 0 if it may go on
}

// Refuse reports whether the message has to be refused: a server answers with
// Status, a client drops the response.
func (f Finding) Refuse() bool { return f.Status != 0 }

// MarshalJSON writes f with all its keys: rule, offset, end (bytes), what, rfc,
// parsers, refuse, status.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Rule    string    `json:"rule"`
		Offset  int       `json:"offset"`
		End     int       `json:"end"`
		What    wire.Note `json:"what"`
		RFC     string    `json:"rfc"`
		Parsers string    `json:"parsers"`
		Refuse  bool      `json:"refuse"`
		Status  int       `json:"status"`
	}{f.Rule.String(), f.Start, f.End, f.What, f.Rule.RFC(), f.Rule.Parsers(), f.Refuse(), f.Status})
}
