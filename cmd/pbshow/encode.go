package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire"
	"onwire/pbwire/schema"
	"onwire/wire"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func encodeCommand(env *cli.Env) *cobra.Command {
	var p proto
	var bits bool
	var out string
	c := &cobra.Command{
		Use:   "encode -p FILE.proto [-m MESSAGE] [JSON]",
		Short: "Turn an object, in JSON, into bytes",
		Long: `Turn an object, in JSON, into bytes, and name every one of them.
Without JSON it is read from stdin.`,
		Example: `  pbshow encode -p helloworld.proto '{"id": 101, "name": "hello"}'
  pbshow encode -p student.proto -m StudentInfo -o alice.bin <alice.json`,
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
			m, data, err := encode(file, md, text)
			if err != nil {
				return err
			}
			if out == "-" {
				_, err := env.Out().Write(data)
				return err
			}
			if out != "" {
				if err := os.WriteFile(out, data, 0o666); err != nil {
					return cli.Failed("write to another place", "cannot write %q: %v", out, cli.Cause(err))
				}
			}
			return showMessage(env, file, m, data, bits, len(compact(text)))
		},
	}
	p.flags(c)
	c.Flags().BoolVar(&bits, "bits", false, "draw the bits: groups of 7, field number, wire type")
	c.Flags().StringVarP(&out, "output", "o", "", "write the bytes to this file too; - is stdout, and nothing else")
	return c
}

// jsonArgument returns the JSON argument, or stdin.
func jsonArgument(ctx context.Context, env *cli.Env, args []string) ([]byte, error) {
	if len(args) == 1 && args[0] != "-" {
		if strings.TrimSpace(args[0]) == "" {
			return nil, cli.Misuse("{} is an object with nothing in it", "the JSON is empty")
		}
		return []byte(args[0]), nil
	}
	if term.IsTerminal(env.Stdin) {
		return nil, cli.Misuse(`'{"id": 101}', or through a pipe`, "no JSON to read")
	}
	r, err := env.Open(ctx, "-")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(cli.Text(r), maxInput+1))
	switch {
	case err != nil:
		return nil, cli.CannotRead("-", err)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, cli.Misuse("{} is an object with nothing in it", "stdin is empty: no JSON to read")
	case len(data) > maxInput:
		return nil, cli.Failed("split it", "stdin: longer than %d MiB", maxInput>>20)
	}
	return data, nil
}

func encode(file *schema.File, md protoreflect.MessageDescriptor, text []byte) (protoreflect.Message, []byte, error) {
	m, err := file.FromJSON(md, text)
	if typo := jsonTypo(text); err != nil && typo != "" {
		return nil, nil, cli.Failed(jsonHint(md, text, err), "%#q: %s", short(string(text)), typo)
	}
	if err != nil {
		return nil, nil, cli.Failed(jsonHint(md, text, err), "%#q: %v", short(string(text)), err)
	}
	data, err := schema.Marshal(m)
	if err != nil {
		return nil, nil, cli.Failed("put less inside each other", "%v", err)
	}
	return m, data, nil
}

// compact takes the white space out of JSON.
func compact(text []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return text
	}
	return b.Bytes()
}

// showMessage shows the bytes of m. jsonBytes is the size of the JSON that it
// was made of.
func showMessage(env *cli.Env, file *schema.File, m protoreflect.Message, data []byte, bits bool, jsonBytes int) error {
	fields, err := pbwire.Dissect(data, file.Schema(m.Descriptor()))
	if env.JSON {
		r := newReport(data, fields, nil)
		r.Schema = string(m.Descriptor().FullName())
		if r.Message, err = file.ToJSON(m); err != nil {
			return cli.Failed("", "%v", err)
		}
		return env.PrintJSON(r)
	}
	if err != nil {
		return cli.Failed(faultHint(err), "%v", err)
	}
	s := env.Screen()
	if len(data) > 0 {
		if err := draw(env, data, fields, bits); err != nil {
			return err
		}
	}
	s.Printf("%s   (JSON %d)\n", s.Paint(term.Bold, byteCount(len(data))), jsonBytes)
	absent(env, m)
	return nil
}

// absent tells which fields are not on the wire, and what a reader sees then.
func absent(env *cli.Env, m protoreflect.Message) {
	var names []string
	for i := range m.Descriptor().Fields().Len() {
		fd := m.Descriptor().Fields().Get(i)
		if m.Has(fd) || len(names) > 12 || fd.ContainingOneof() != nil {
			continue
		}
		switch {
		case len(names) == 12:
			names = append(names, "...")
		case fd.IsList():
			names = append(names, string(fd.Name())+" []")
		case fd.IsMap():
			names = append(names, string(fd.Name())+" {}")
		case fd.Message() != nil:
			names = append(names, string(fd.Name())+" not set")
		default:
			names = append(names, string(fd.Name())+" "+defaultText(fd, m.Get(fd)))
		}
	}
	if len(names) > 0 {
		const head = "not on the wire, so a reader sees the default: "
		s := env.Screen()
		s.Printf("%s\n", s.Wrap(2, head+wire.Escape(strings.Join(names, ", "))))
	}
}

// defaultText returns what a reader sees for a field that is not there.
func defaultText(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.EnumKind:
		if value := fd.Enum().Values().ByNumber(v.Enum()); value != nil {
			return string(value.Name())
		}
	case protoreflect.StringKind:
		return strconv.Quote(v.String())
	case protoreflect.BytesKind:
		return strconv.Quote(string(v.Bytes()))
	}
	return v.String()
}
