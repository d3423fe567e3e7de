package main

import (
	"encoding/hex"
	"fmt"
	"strconv"

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
		Example: `  pbshow raw 22 02 08 05
  pbshow raw --stream big.bin`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if stream {
				return rawStream(c, env, in, args)
			}
			return raw(env, in, args)
		},
	}
	in.flags(c)
	c.Flags().BoolVar(&stream, "stream", false, "list the top-level records as they come; a message of any size, in constant memory")
	return c
}

// raw shows a message without a schema.
func raw(env *cli.Env, in input, args []string) error {
	data, err := in.bytes(env, args)
	if err != nil {
		return err
	}
	fields, bad := pbwire.Dissect(data, nil)
	if env.JSON {
		r := newReport(data, fields, bad)
		d := pbwire.NewDecoder(data)
		for len(data) <= pbwire.MaxDissect && d.Next() {
			r.Readings = append(r.Readings, readings{d.Number, d.Type.String(), d.Offset, pbwire.Readings(d.Record)})
		}
		err = env.PrintJSON(r)
	} else if len(data) > 0 && len(data) <= pbwire.MaxDissect {
		err = draw(env, data, fields, in.bits)
	}
	if err != nil {
		return err
	}
	if bad != nil {
		return refused(data, bad)
	}
	if !env.JSON {
		s := env.Screen()
		s.Printf("%s\n", s.Paint(term.Bold, byteCount(len(data))))
	}
	return nil
}

// A streamItem is the JSON form of a pbwire.Item.
type streamItem struct {
	Offset int64         `json:"offset"`
	Depth  int           `json:"depth"`
	Number pbwire.Number `json:"number"`
	Type   string        `json:"type"`
	Value  string        `json:"value,omitempty"` // as uint64; a string, since JSON readers cut large numbers
	Length *int64        `json:"length,omitempty"`
	Head   *string       `json:"head,omitempty"` // the first bytes of the payload
}

// rawStream lists the records of a message as they come.
func rawStream(c *cobra.Command, env *cli.Env, in input, args []string) error {
	if in.text || in.bits {
		return cli.Misuse("give the bytes themselves, as FILE or stdin", "--stream goes with neither --hex nor --bits")
	}
	if len(args) > 1 {
		return cli.Misuse("give one FILE, or - for stdin", "--stream reads one file, not %d", len(args))
	}
	name := "-"
	if len(args) == 1 {
		name = args[0]
	} else if term.IsTerminal(env.Stdin) {
		return cli.Misuse("name a file, or give the bytes through a pipe", "no bytes to read")
	}
	r, closing, err := open(env, name)
	if err != nil {
		return cannotRead(name, err)
	}
	defer closing()
	stream := pbwire.NewStream(r)
	n := 0
	s := env.Screen()
	if !env.JSON {
		s.Printf("%s\n", s.Paint(term.Dim, "      byte  field   type    value"))
	}
	for c.Context().Err() == nil && stream.Next() {
		n++
		if env.JSON {
			if err := env.PrintJSON(jsonItem(stream.Item)); err != nil {
				return err
			}
			continue
		}
		s.Printf("%10d  %-7s %-7v %s\n", stream.Offset, indent(stream.Item), stream.Type, itemText(stream.Item))
	}
	if err := c.Context().Err(); err != nil {
		return cli.Failed("", "interrupted at byte %d, after %d records", stream.Total(), n)
	}
	if err := stream.Err(); err != nil {
		return cli.Failed("the records before that byte are listed", "%v", err)
	}
	if !env.JSON {
		s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("%d records, %d bytes", n, stream.Total())))
	}
	return nil
}

func indent(it pbwire.Item) string {
	return fmt.Sprintf("%*s%d", 2*min(it.Depth, 8), "", it.Number)
}

// itemText returns the likely value of a record.
func itemText(it pbwire.Item) string {
	switch it.Type {
	case pbwire.SGROUP:
		return "the records of a group follow"
	case pbwire.EGROUP:
		return "the end of the group"
	case pbwire.LEN:
		text := pbwire.Likely(pbwire.Record{Type: pbwire.LEN, Bytes: it.Head})
		if more := it.Length - int64(len(it.Head)); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		return strconv.FormatInt(it.Length, 10) + " bytes: " + text
	}
	return pbwire.Likely(pbwire.Record{Type: it.Type, Value: it.Value})
}

func jsonItem(it pbwire.Item) streamItem {
	j := streamItem{Offset: it.Offset, Depth: it.Depth, Number: it.Number, Type: it.Type.String()}
	switch it.Type {
	case pbwire.LEN:
		head := hex.EncodeToString(it.Head)
		j.Length, j.Head = &it.Length, &head
	case pbwire.VARINT, pbwire.I32, pbwire.I64:
		j.Value = strconv.FormatUint(it.Value, 10)
	}
	return j
}
