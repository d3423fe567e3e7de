package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"
	"onwire/pbwire/examples"
	"onwire/pbwire/schema"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxInput is the longest message that is read at once.
const maxInput = 256 << 20

// An input says how bytes are given and drawn.
type input struct {
	text bool   // FILE and stdin hold hex digits
	bits bool   // draw the bits of tags and varints
	as   string // the forms that the messages are in

	verb []string  // what the hints begin with, if it is not "pbshow raw"
	args []string  // what was given
	pick *wrapping // the form of a stream, while its messages are shown
}

func (in *input) flags(c *cobra.Command) {
	c.Flags().BoolVar(&in.text, "hex", false, "FILE or stdin holds hex digits, not the bytes themselves")
	c.Flags().StringVar(&in.as, "as", "", "the form of the input: base64, gzip, grpc, delimited, zlib, escaped, decimal, dump; base64,grpc is one in the other")
	c.Flags().BoolVar(&in.bits, "bits", false, "draw the bits: groups of 7, field number, wire type")
}

// messages calls show for each message that the arguments give: the one, or
// those of the stream that --as names.
func (in *input) messages(ctx context.Context, env *cli.Env, args []string, show func(piece) error) error {
	var list []wrapping
	if in.as != "" {
		var err error
		if list, err = parseWrappings(in.as); err != nil {
			return err
		}
	}
	in.args = args
	data, err := in.bytes(ctx, env, args, len(list) > 0 && list[0].text)
	if err != nil {
		return err
	}
	for i := range list {
		f := &list[i]
		if f.split == nil {
			if data, err = f.read(data); err != nil {
				return in.noForm(f, data, err)
			}
			continue
		}
		in.pick = f
		n := 0
		err := f.split(data, func(p piece) error {
			n++
			if !env.JSON {
				s := env.Screen()
				s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("== message %d, from byte %d: %s", n, p.at, byteCount(len(p.data)))))
			}
			return show(p)
		})
		if _, told := errors.AsType[*cli.Error](err); err != nil && !told {
			return in.noForm(f, data, err)
		}
		return err
	}
	return show(piece{data: data})
}

// noForm says that the input is not in the form that --as names.
func (in *input) noForm(f *wrapping, data []byte, err error) error {
	if bad, ok := errors.AsType[*cli.Error](err); ok {
		return bad
	}
	hint := "look at the form with 'pbshow raw' alone: it says what bytes look like"
	if f.split != nil {
		hint = "the messages before that byte are shown; were all bytes copied?"
	}
	return cli.Failed(hint, "--as %s: the input is not %s: %v", in.as, f.what, err)
}

// bytes returns what the arguments give: hex digits, a file, or - for stdin.
// With literal, what is no file is text that is returned as it is.
func (in *input) bytes(ctx context.Context, env *cli.Env, args []string, literal bool) ([]byte, error) {
	if len(args) == 0 {
		if term.IsTerminal(env.Stdin) {
			return nil, cli.Misuse("give them in hex, as a file, or through a pipe", "no bytes to read")
		}
		args = []string{"-"}
	}
	joined := strings.Join(args, " ")
	if _, err := os.Stat(args[0]); literal && (len(args) > 1 || args[0] != "-" && err != nil) {
		return []byte(joined), nil
	}
	if len(args) > 1 { // 08 65 12 ...
		data, err := parseHex(joined)
		if f, e := os.Stat(args[0]); err != nil && e == nil && !f.IsDir() {
			return nil, cli.Misuse("give one file at a time", "%q is a file, and more follows it", args[0])
		}
		return data, in.notHex(args, err)
	}
	data, hexErr := parseHex(args[0])
	if hexErr == nil && !literal {
		return data, nil
	}
	if _, err := os.Stat(args[0]); args[0] != "-" && err != nil && !os.IsPermission(err) {
		if told := in.notHex(args, hexErr); told != hexErr || !strings.ContainsAny(args[0], "./\\") {
			return nil, told // it was not meant as a file
		}
	}
	r, err := env.Open(ctx, args[0])
	if err != nil {
		return nil, err
	}
	defer r.Close()
	bytes := io.Reader(r)
	if in.text || literal {
		bytes = cli.Text(r)
	}
	data, err = io.ReadAll(io.LimitReader(bytes, maxInput+1))
	switch {
	case err != nil:
		return nil, cli.CannotRead(args[0], err)
	case len(data) > maxInput:
		return nil, cli.Failed("'pbshow raw --stream' reads messages of any size", "%q: longer than %d MiB", args[0], maxInput>>20)
	case in.text:
		parsed, err := parseHex(string(data))
		return parsed, in.notHexIn(args, data, err)
	}
	return data, nil
}

// notHex returns err, or a better one if the words given are text in another
// form.
func (in *input) notHex(args []string, err error) error {
	if err == nil {
		return nil
	}
	text := []byte(strings.Join(args, " "))
	if r := recogniseText(text, 0); r != nil {
		return cli.Misuse(in.hint(r, args, text), "%q is not hex", short(string(text)))
	}
	return err
}

// notHexIn is notHex for what a file holds, or stdin.
func (in *input) notHexIn(args []string, text []byte, err error) error {
	if err == nil {
		return nil
	}
	if r := recogniseText(text, 0); r != nil {
		without := *in
		without.text = false
		return cli.Misuse(without.hint(r, args, text), "%q does not hold hex digits alone", args[0])
	}
	return err
}

const hexHint = "bytes are two hex digits each: 08 65 12, 08:65:12, 0x086512; a file is given by its name"

// parseHex reads hex digits as people write them: "08 65", "08:65", "0x0865",
// "0x08, 0x65", "\x08\x65".
func parseHex(s string) ([]byte, error) {
	digits := strings.NewReplacer("0x", " ", "0X", " ", `\x`, " ").Replace(s)
	words := strings.FieldsFunc(digits, func(c rune) bool { return strings.ContainsRune(" \t\r\n:,-_", c) })
	var data []byte
	for _, w := range words {
		if len(w) == 1 {
			w = "0" + w // 8:65 and 0x8 are meant as bytes
		}
		b, err := hex.DecodeString(w)
		if err != nil {
			what := "has an odd number of hex digits"
			var bad hex.InvalidByteError
			if errors.As(err, &bad) {
				what = "is not hex"
			}
			if typo, right, ok := ipaddr.FindTypo(s); ok {
				if _, err := parseHex(right); err == nil {
					return nil, cli.Misuse("write "+short(right), "%q is not hex: %s", short(s), typo)
				}
			}
			return nil, cli.Misuse(hexHint, "%q %s", short(w), what)
		}
		data = append(data, b...)
	}
	if len(data) == 0 && strings.TrimSpace(s) != "" { // 0x, or - for stdin
		return nil, cli.Misuse(hexHint, "%q has no hex digits", short(s))
	}
	return data, nil
}

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

// A proto says which message of which .proto file is meant.
type proto struct {
	path    string
	message string
	dirs    []string
}

func (p *proto) flags(c *cobra.Command) {
	c.Flags().StringVarP(&p.path, "proto", "p", "", "the .proto file")
	c.Flags().StringVarP(&p.message, "message", "m", "", "the message; not needed if the file has only one")
	c.Flags().StringArrayVarP(&p.dirs, "include", "I", nil, "a folder to look for imports in; may be given again")
}

// command returns the words of a command with the same flags.
func (p *proto) command(verb string) []string {
	words := []string{"pbshow", verb, "-p", quoted(p.path)}
	if p.message != "" {
		words = append(words, "-m", quoted(p.message))
	}
	for _, dir := range p.dirs {
		words = append(words, "-I", quoted(dir))
	}
	return words
}

// load compiles the file and finds the message.
func (p *proto) load(ctx context.Context) (*schema.File, protoreflect.MessageDescriptor, error) {
	if p.path == "" {
		return nil, nil, cli.Misuse("-p student.proto; "+shipped(), "which .proto file?")
	}
	file, err := openProto(ctx, p.path, p.dirs)
	if err != nil {
		var errs schema.Errors
		if errors.As(err, &errs) {
			hint := errs[0].Mend
			if hint == "" || len(errs) > 1 {
				hint = "'pbshow check " + p.path + "' says more"
			}
			return nil, nil, cli.Failed(hint, "%v", err)
		}
		return nil, nil, err
	}
	md, err := file.Message(p.message)
	if err != nil {
		return nil, nil, cli.Misuse("name one with -m", "%s: %v", p.path, err)
	}
	return file, md, nil
}

// openProto compiles a .proto file. The error is schema.Errors if it does not
// compile, else one for the user.
func openProto(ctx context.Context, path string, dirs []string) (*schema.File, error) {
	file, err := schema.Open(ctx, path, dirs...)
	var errs schema.Errors
	if err == nil || errors.As(err, &errs) {
		return file, err
	}
	if ctx.Err() != nil {
		return nil, cli.CannotRead(path, ctx.Err())
	}
	return nil, cli.Failed("give the path of a .proto file; "+shipped(), "cannot read %q: %v", path, cli.Cause(err))
}

// shipped lists the .proto files that come with the command.
func shipped() string {
	names, err := fs.Glob(examples.Files, "*.proto")
	if err != nil {
		return ""
	}
	return "these come with pbshow: " + strings.Join(names, ", ")
}
