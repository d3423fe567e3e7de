package wire

import (
	"encoding/json"
	"fmt"
)

// A Note is a sentence that teaches. It keeps the format and the arguments
// apart, so that the format can be looked up in another language before the
// arguments are put in. The zero Note is no note.
type Note struct {
	Format string
	Args   []any
}

// Notef returns the Note with the given format, in the verbs of package fmt.
func Notef(format string, args ...any) Note { return Note{format, args} }

// IsZero reports whether there is no note.
func (n Note) IsZero() bool { return n.Format == "" }

// String returns the note in English.
func (n Note) String() string {
	if len(n.Args) == 0 {
		return n.Format
	}
	return fmt.Sprintf(n.Format, n.Args...)
}

// MarshalJSON writes the note as its English sentence.
func (n Note) MarshalJSON() ([]byte, error) { return json.Marshal(n.String()) }
