package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strconv"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire/schema"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func sizeCommand(env *cli.Env) *cobra.Command {
	var p proto
	c := &cobra.Command{
		Use:   "size -p FILE.proto [-m MESSAGE] [JSON]",
		Short: "An object as XML, JSON and Protobuf, plain and gzipped: the sizes",
		Example: `  pbshow size -p helloworld.proto '{"id": 101, "name": "hello"}'
  pbshow size -p helloworld.proto '{"id": -1}'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			file, md, err := p.load(c.Context())
			if err != nil {
				return err
			}
			text, err := jsonArgument(c.Context(), env, args)
			if err != nil {
				return err
			}
			list, err := sizes(file, md, text)
			if err != nil {
				return err
			}
			return showSizes(env, string(md.Name()), list)
		},
	}
	p.flags(c)
	return c
}

// A size is how long an object is in one format.
type size struct {
	Format string `json:"format"`
	Bytes  int    `json:"bytes"`
	Gzip   int    `json:"gzip"`
}

// sizes encodes the object that text holds in every format. JSON and XML are
// compact: no white space, no declaration, names as the JSON has them.
func sizes(file *schema.File, md protoreflect.MessageDescriptor, text []byte) ([]size, error) {
	m, data, err := encode(file, md, text)
	if err != nil {
		return nil, err
	}
	text = compact(text)
	xml, err := schema.XML(string(md.Name()), text)
	if err != nil {
		return nil, cli.Failed("", "%v", err)
	}
	list := []size{
		{"XML", len(xml), gzipped(xml)},
		{"JSON", len(text), gzipped(text)},
		{"Protobuf", len(data), gzipped(data)},
	}
	if raw := schema.CArray(m); raw != nil {
		list = append(list, size{"C array", len(raw), gzipped(raw)})
	}
	return list, nil
}

func gzipped(data []byte) int {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that exists
	w.Write(data)                                         // a bytes.Buffer takes all
	w.Close()
	return b.Len()
}

func showSizes(env *cli.Env, name string, list []size) error {
	if env.JSON {
		return env.PrintJSON(map[string]any{"message": name, "sizes": list})
	}
	s := env.Screen()
	longest := 1
	for _, z := range list {
		longest = max(longest, z.Bytes, z.Gzip)
	}
	digits := len(strconv.Itoa(longest))
	columns := s.Width - len("Protobuf  gzip  ") - digits - 2
	row := func(name, how string, n int, style term.Style) {
		cells := n * columns / longest
		if n > 0 {
			cells = max(1, cells)
		}
		line := fmt.Sprintf("%-8s  %-4s  %*d  %s", name, how, digits, n, s.Paint(style, strings.Repeat("#", cells)))
		s.Printf("%s\n", strings.TrimRight(line, " "))
	}
	for _, z := range list {
		row(z.Format, "", z.Bytes, term.Green)
		row("", "gzip", z.Gzip, term.Dim)
	}
	for _, line := range verdict(list) {
		s.Printf("%s\n", s.Wrap(0, line))
	}
	return nil
}

// verdict says in words who is smaller. The first three of list are XML, JSON
// and Protobuf.
func verdict(list []size) []string {
	x, j, p := list[0], list[1], list[2]
	lines := []string{
		fmt.Sprintf("plain: Protobuf is %s JSON, and %s XML", ratio(p.Bytes, j.Bytes), ratio(p.Bytes, x.Bytes)),
		fmt.Sprintf("gzip:  Protobuf is %s JSON, and %s XML", ratio(p.Gzip, j.Gzip), ratio(p.Gzip, x.Gzip)),
	}
	if p.Bytes > j.Bytes {
		lines = append(lines, "Protobuf is the larger one here. It can be with negative int32s (ten bytes each), fixed32, float and double (all their bytes even for zero), and large field numbers.")
	}
	if p.Gzip > p.Bytes {
		lines = append(lines, "gzip makes so short a message longer: its own head and tail are 18 bytes.")
	}
	return lines
}

func ratio(n, other int) string {
	switch {
	case n == other:
		return "as long as"
	case other == 0:
		return "longer than"
	case n > other:
		return fmt.Sprintf("larger, %d%% of", (n*100+other/2)/other)
	}
	return fmt.Sprintf("%d%% of", (n*100+other/2)/other)
}
