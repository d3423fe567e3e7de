package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"

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

// refused is what the user is told about a message that is wrong.
func refused(msg []byte, err error) error {
	hint := "everything before that byte is shown; were all bytes copied?"
	switch {
	case looksLikeHex(msg):
		hint = "the input looks like hex digits in a file: add --hex"
	case errors.Is(err, pbwire.ErrLength):
		hint = "'pbshow raw --stream' shows the records of a message of any size"
	case errors.Is(err, pbwire.ErrUTF8):
		hint = "text in another encoding goes into a field of type bytes"
	}
	return cli.Failed(hint, "%v", err)
}

// looksLikeHex reports whether msg is text of hex digits.
func looksLikeHex(msg []byte) bool {
	data, err := parseHex(string(msg))
	return err == nil && len(data) > 0
}

func byteCount(n int) string { return term.Count(n, "byte") }
