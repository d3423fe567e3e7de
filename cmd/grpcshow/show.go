package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"onwire/greeter/frames"
	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"
)

// A detail is how much of a frame is shown.
type detail int

const (
	lines  detail = iota // one line
	rows                 // and a row for each thing that it says
	octets               // and every byte of it
	bits                 // and every bit of it, with its reason
)

// showFrame shows a frame, with its number unless that is 0.
func showFrame(env *cli.Env, number int, t time.Duration, f *frames.Frame, d detail) error {
	if env.JSON {
		return env.PrintJSON(f.Event(t))
	}
	frameLine(env, number, f)
	var fields []wire.Field
	switch d {
	case lines:
	case rows:
		fields = said(f)
	case octets:
		for _, part := range f.Fields() {
			part.Fields = wholeBytes(part.Fields)
			fields = append(fields, part)
		}
	case bits:
		fields = f.Fields()
	}
	if len(fields) == 0 {
		return env.OutErr()
	}
	v := env.Screen().FieldView()
	v.Notes = d == bits
	var drawn bytes.Buffer
	if err := v.Write(&drawn, f.Bytes, fields); err != nil {
		return err
	}
	_, text, _ := strings.Cut(drawn.String(), "\n") // the heading; once is enough, and nobody misses it here
	_, err := io.WriteString(env.Out(), text)
	return err
}

// said returns what the payload of a frame says, without the bits that this is
// made of: header fields and messages. All else is in the frame's line.
func said(f *frames.Frame) []wire.Field {
	const header = 72 // bits
	var list []wire.Field
	if f.Type != frames.DATA && f.Block == nil {
		return nil
	}
	for _, part := range f.Fields() {
		switch {
		case part.Bit < header:
		case part.Name == "Field Block Fragment":
			for _, h := range part.Fields {
				h.Fields = nil
				list = append(list, h)
			}
		default:
			part.Fields = wholeBytes(part.Fields)
			list = append(list, part)
		}
	}
	return list
}

// frameLine shows a frame in a line, its side first.
func frameLine(env *cli.Env, number int, f *frames.Frame) {
	s := env.Screen()
	who, style := "client ->", term.Green
	if f.From == frames.Server {
		who, style = "<- server", term.Yellow
	}
	stream := "connection"
	if f.Stream > 0 {
		stream = fmt.Sprintf("stream %d", f.Stream)
	}
	// The length stands where an eye that runs down sees headers shrink.
	head := ""
	if number > 0 {
		head = fmt.Sprintf("%4d ", number)
	}
	head += term.Pad(who, 11) + term.Pad(stream, 12) + fmt.Sprintf("%5d  ", f.Length)
	s.Printf("%s%s\n", s.Paint(style, head), s.Wrap(len(head), wire.Escape(f.Label())))
	if f.Err != nil {
		s.Printf("%s%s\n", strings.Repeat(" ", len(head)), s.Paint(term.Red, s.Wrap(len(head), wire.Escape(f.Err.Error()))))
	}
}

// wholeBytes returns fields without the parts of bytes.
func wholeBytes(fields []wire.Field) []wire.Field {
	var list []wire.Field
	for _, f := range fields {
		if f.Bit%8 != 0 || f.Bits%8 != 0 {
			return nil // their parent is drawn
		}
		f.Fields = wholeBytes(f.Fields)
		list = append(list, f)
	}
	return list
}
