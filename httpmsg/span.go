package httpmsg

// A Span is a run of bytes of a message, from Start up to but not including
// End. The zero Span is empty.
type Span struct{ Start, End int }

// Len returns the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// In returns the bytes of s in the message b.
func (s Span) In(b []byte) []byte { return b[s.Start:s.End:s.End] }
