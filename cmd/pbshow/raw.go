package main

import (
	"context"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire"

	"github.com/spf13/cobra"
)

func rawCommand(env *cli.Env) *cobra.Command {
	var in input
	var stream bool
	c := &cobra.Command{
		Use:   "raw [HEX|FILE]",
		Short: "Read bytes without a schema, in every way that they allow",
		Long: `Read bytes without a schema, in every way that they allow. Each field is drawn
as the likeliest of them, and a note lists them all.`,
		Example: `  pbshow raw 22 02 08 05
  pbshow raw --stream big.bin`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if stream {
				return rawStream(c, env, in, args)
			}
			return raw(c.Context(), env, in, args)
		},
	}
	in.flags(c)
	c.Flags().BoolVar(&stream, "stream", false, "list the top-level records as they come; a message of any size, in constant memory")
	return c
}

// raw shows messages without a schema.
func raw(ctx context.Context, env *cli.Env, in input, args []string) error {
	return in.messages(ctx, env, args, func(p piece) error { return rawMessage(env, &in, p.data) })
}

func rawMessage(env *cli.Env, in *input, data []byte) (err error) {
	fields, bad := pbwire.Dissect(data, nil)
	also := ""
	if r := recogniseToo(data); r != nil && bad == nil && in.pick == nil {
		also = in.hint(r, in.args, data)
	}
	if env.JSON {
		r := newReport(data, fields, bad)
		r.Also = also
		d := pbwire.NewDecoder(data)
		for len(data) <= pbwire.MaxDissect && d.Next() {
			r.Readings = append(r.Readings, readings{d.Number, d.Type.String(), d.Offset, pbwire.Likely(d.Record), pbwire.Readings(d.Record)})
		}
		err = env.PrintJSON(r)
	} else if len(data) > 0 && len(data) <= pbwire.MaxDissect {
		err = draw(env, data, fields, in.bits)
	}
	if err != nil {
		return err
	}
	if bad != nil {
		return in.refused(data, bad)
	}
	if !env.JSON {
		s := env.Screen()
		s.Printf("%s\n", s.Paint(term.Bold, byteCount(len(data))))
		if also != "" {
			s.Printf("%s\n", s.Wrap(2, "note: "+also))
		}
	}
	return nil
}
