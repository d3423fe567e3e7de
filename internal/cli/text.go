package cli

import (
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text returns what r reads, as UTF-8 without a byte order mark. Editors on
// Windows put that mark before a text, and ">" in its old PowerShell writes
// UTF-16; a text with no mark is left as it is.
func Text(r io.Reader) io.Reader { return &text{r: r} }

type text struct {
	r     io.Reader
	known bool // the mark, or that there is none
}

func (t *text) Read(p []byte) (int, error) {
	if !t.known {
		// One byte tells, nearly always: who types at a keyboard is not made to
		// type more before anything happens.
		head := make([]byte, 1)
		if _, err := io.ReadFull(t.r, head); err != nil {
			return 0, err
		}
		t.known = true
		t.r = io.MultiReader(bytes.NewReader(head), t.r)
		if head[0] == 0xef || head[0] == 0xfe || head[0] == 0xff {
			t.r = transform.NewReader(t.r, unicode.BOMOverride(transform.Nop))
		}
	}
	return t.r.Read(p)
}
