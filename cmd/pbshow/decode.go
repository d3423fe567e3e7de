package main

import (
	"fmt"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire"
	"onwire/pbwire/schema"
	"onwire/wire"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func decodeCommand(env *cli.Env) *cobra.Command {
	var p proto
	var in input
	c := &cobra.Command{
		Use:   "decode [-p FILE.proto [-m MESSAGE]] [HEX|FILE]",
		Short: "Name every byte of a message, with a .proto file or without",
		Example: `  pbshow decode -p helloworld.proto 08 65 12 05 68 65 6c 6c 6f
  pbshow decode -p student.proto -m StudentInfo alice.bin`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if p.path == "" {
				if p.message != "" {
					return cli.Misuse("-p FILE.proto -m "+p.message, "-m %s: which .proto file is it in?", p.message)
				}
				return raw(c.Context(), env, in, args)
			}
			file, md, err := p.load(c.Context())
			if err != nil {
				return err
			}
			in.verb = p.command("decode")
			return in.messages(c.Context(), env, args, func(one piece) error {
				m, bad := file.Unmarshal(md, one.data)
				return showDecoded(env, &in, file, m, md, one.data, bad)
			})
		},
	}
	p.flags(c)
	in.flags(c)
	return c
}

// showDecoded shows the bytes of a message, and what they say: m, or where
// they are wrong: bad.
func showDecoded(env *cli.Env, in *input, file *schema.File, m protoreflect.Message, md protoreflect.MessageDescriptor, data []byte, bad error) error {
	var text []byte
	var noJSON error // right bytes, such as an Any of a type that is not in the file
	if bad == nil {
		text, noJSON = file.ToJSON(m)
	}
	fields, _ := pbwire.Dissect(data, file.Schema(md)) // its error is bad, or the size
	s := env.Screen()
	switch {
	case env.JSON:
		r := newReport(data, fields, bad)
		r.Schema, r.Message = string(md.FullName()), text
		if err := env.PrintJSON(r); err != nil {
			return err
		}
	case len(data) > pbwire.MaxDissect:
		s.Printf("%s: too many to draw, so only what they say:\n", byteCount(len(data)))
	case len(data) > 0:
		if err := draw(env, data, fields, in.bits); err != nil {
			return err
		}
	}
	if bad != nil {
		return in.refused(data, bad)
	}
	if !env.JSON && noJSON == nil {
		s.Printf("%s = %s\n", s.Paint(term.Bold, byteCount(len(data))), wire.EscapeJSON(text))
		absent(env, m)
	}
	if !env.JSON && noJSON != nil {
		s.Printf("%s\n", s.Wrap(2, wire.Escape(fmt.Sprintf("%s, which have no JSON form: %v", byteCount(len(data)), noJSON))))
	}
	if err := schema.Missing(m); err != nil {
		return cli.Failed("proto2 programs refuse this message", "%v", err)
	}
	return nil
}
