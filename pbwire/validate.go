package pbwire

import "unicode/utf8"

// Validate reads a message of any size as its schema says, all messages in it
// too, and returns the first *Error. It draws nothing.
func Validate(msg []byte, schema Schema) error { return validate(NewDecoder(msg), schema) }

func validate(d Decoder, s Schema) error {
	var inAny Schema
	if isAny(s) {
		inAny = s.Any(anyURL(d.msg))
	}
	for d.Next() {
		ft := s.Field(d.Number)
		var err error
		switch {
		case inAny != nil && d.Number == 2 && d.Type == LEN:
			err = validate(d.Message(), inAny)
		case ft == nil:
		case ft.Kind.Wire() == d.Type && ft.Message != nil:
			err = validate(d.Message(), ft.Message)
		case ft.Kind == String && d.Type == LEN && ft.UTF8 && !utf8.Valid(d.Bytes):
			err = utf8Error(d.Record)
		case ft.Repeated && d.Type == LEN && ft.Kind.Packable():
			err = validatePacked(d.Record, ft.Kind)
		}
		if err != nil {
			return err
		}
	}
	return d.Err()
}

func validatePacked(r Record, k Kind) error {
	for at := 0; at < len(r.Bytes); {
		_, n, err := packedValue(r.Bytes[at:], k, r.Payload+at)
		if err != nil {
			return err
		}
		at += n
	}
	return nil
}
