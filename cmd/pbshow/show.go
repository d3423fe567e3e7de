package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire"
	"onwire/wire"
)

// draw draws a message and its fields, without the bits of tags and varints
// unless they are wanted.
func draw(env *cli.Env, msg []byte, fields []wire.Field, bits bool) error {
	if !bits {
		fields = withoutBits(fields)
	}
	v := env.Screen().FieldView()
	v.Notes = true
	return v.Write(env.Out(), msg, fields)
}

// withoutBits returns fields without the parts that are not whole bytes.
func withoutBits(fields []wire.Field) []wire.Field {
	var list []wire.Field
	for _, f := range fields {
		if f.Bits%8 != 0 || f.Bit%8 != 0 {
			return nil // parts of a byte: their parent is drawn
		}
		f.Fields = withoutBits(f.Fields)
		list = append(list, f)
	}
	return list
}

// A report is the JSON form of a message.
type report struct {
	Hex      string          `json:"hex"`
	Bytes    int             `json:"bytes"`
	Schema   string          `json:"schema,omitempty"`  // the message's full name
	Message  json.RawMessage `json:"message,omitempty"` // its JSON form
	Fields   []wire.Field    `json:"fields"`
	Readings []readings      `json:"readings,omitempty"` // without a schema
	Also     string          `json:"also,omitempty"`     // what the bytes may be besides, and what to type
	Error    *wireError      `json:"error,omitempty"`
}

// A wireError is a *pbwire.Error in JSON.
type wireError struct {
	Offset int    `json:"offset"`
	Reason string `json:"reason"`
}

// The readings of a top-level record.
type readings struct {
	Number   pbwire.Number    `json:"number"`
	Type     string           `json:"type"`
	Offset   int              `json:"offset"`
	Likely   string           `json:"likely"` // the value of the one that is drawn
	Readings []pbwire.Reading `json:"readings"`
}

func newReport(msg []byte, fields []wire.Field, err error) report {
	r := report{Hex: hex.EncodeToString(msg), Bytes: len(msg), Fields: fields}
	if fields == nil {
		r.Fields = []wire.Field{}
	}
	var bad *pbwire.Error
	if errors.As(err, &bad) {
		r.Error = &wireError{bad.Offset, bad.Reason}
	}
	return r
}

// refused is what the user is told about a message that is wrong: what the
// input is if it is no bare message, else what such a fault comes from.
func (in *input) refused(msg []byte, err error) error {
	var r *recognised
	if in.pick == nil && !errors.Is(err, pbwire.ErrLength) {
		r = recognise(msg)
	}
	hint := faultHint(err)
	switch {
	case r != nil && r.as == "hex" && len(in.args) < 2:
		hint = "the input looks like hex digits in a file: add --hex"
	case r != nil:
		hint = in.hint(r, in.args, msg)
	}
	return cli.Failed(hint, "%v", err)
}

// faultHint says what a fault of each kind usually comes from.
func faultHint(err error) string {
	bad, ok := errors.AsType[*pbwire.Error](err)
	switch {
	case !ok:
		return ""
	case errors.Is(err, pbwire.ErrLength):
		return "'pbshow raw --stream' shows the records of a message of any size"
	case errors.Is(err, pbwire.ErrUTF8):
		return "text in another encoding goes into a field of type bytes"
	case errors.Is(err, pbwire.ErrNumber) && strings.HasPrefix(bad.Reason, "field number 0"):
		return "a tag is number<<3 | wire type, so 00 to 07 start no record: are these zeros padding, or a length before the message?"
	case errors.Is(err, pbwire.ErrNumber):
		return "no .proto file has such a number: these bytes are no tag. Is the length before them right?"
	case errors.Is(err, pbwire.ErrWireType):
		return "the lowest three bits of a tag are the wire type, 0 to 5: this byte is no tag. Is the length before it right?"
	case errors.Is(err, pbwire.ErrGroup) && strings.HasSuffix(bad.Reason, "never closed"):
		return "a tag with wire type 3 opens a group, and one with the same number and 4 closes it: is the end missing, or is this byte no tag?"
	case errors.Is(err, pbwire.ErrGroup):
		return "wire type 4 closes the group that the same number and wire type 3 opened: is the start missing, or is this byte no tag?"
	case errors.Is(err, pbwire.ErrVarint):
		return "a varint has at most ten bytes, and the last is below 80: is this byte the start of one?"
	case errors.Is(err, pbwire.ErrDepth):
		return "other readers refuse it too: C++, Java and Python stop at 100"
	}
	return "everything before that byte is shown; were all bytes copied?"
}

func byteCount(n int) string { return term.Count(n, "byte") }
