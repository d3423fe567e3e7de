package main

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire/examples"
	"onwire/pbwire/schema"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxInput is the longest message that is read at once.
const maxInput = 256 << 20

// An input says how bytes are given and drawn.
type input struct {
	text bool // FILE and stdin hold hex digits
	bits bool // draw the bits of tags and varints
}

func (in *input) flags(c *cobra.Command) {
	c.Flags().BoolVar(&in.text, "hex", false, "FILE or stdin holds hex digits, not the bytes themselves")
	c.Flags().BoolVar(&in.bits, "bits", false, "draw the bits: groups of 7, field number, wire type")
}

// bytes returns the message that the arguments give: hex digits, a file, or -
// for stdin.
func (in *input) bytes(ctx context.Context, env *cli.Env, args []string) ([]byte, error) {
	if len(args) == 0 {
		if term.IsTerminal(env.Stdin) {
			return nil, cli.Misuse("give them in hex, as a file, or through a pipe", "no bytes to read")
		}
		args = []string{"-"}
	}
	if len(args) > 1 { // 08 65 12 ...
		data, err := parseHex(strings.Join(args, " "))
		if f, e := os.Stat(args[0]); err != nil && e == nil && !f.IsDir() {
			return nil, cli.Misuse("give one file at a time", "%q is a file, and more follows it", args[0])
		}
		return data, err
	}
	data, hexErr := parseHex(args[0])
	if hexErr == nil {
		return data, nil
	}
	if _, err := os.Stat(args[0]); args[0] != "-" && errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(args[0], "./\\") {
		return nil, hexErr // it was not meant as a file
	}
	r, err := env.Open(ctx, args[0])
	if err != nil {
		return nil, err
	}
	defer r.Close()
	bytes := io.Reader(r)
	if in.text {
		bytes = cli.Text(r)
	}
	data, err = io.ReadAll(io.LimitReader(bytes, maxInput+1))
	switch {
	case err != nil:
		return nil, cli.CannotRead(args[0], err)
	case len(data) > maxInput:
		return nil, cli.Failed("'pbshow raw --stream' reads messages of any size", "%q: longer than %d MiB", args[0], maxInput>>20)
	case in.text:
		return parseHex(string(data))
	}
	return data, nil
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
