package main

import (
	"encoding/hex"
	"fmt"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire"
	"onwire/pbwire/schema"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func demoCommand(env *cli.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "See the course's objects become bytes",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for i, s := range demo {
				if i > 0 {
					env.Pause()
				}
				if err := s.show(c, env, i+1); err != nil {
					return err
				}
			}
			if env.JSON {
				return nil
			}
			env.Pause()
			s := env.Screen()
			s.Printf("\n%s\n", s.Paint(term.Bold, "Predict first, then try"))
			for _, p := range predictions {
				s.Printf("  %s\n      %s\n", s.Wrap(4, p.question), p.command)
			}
			return nil
		},
	}
	env.StepFlag(c)
	return c
}

// A scene of the demo: an object becomes bytes, or bytes are read.
type scene struct {
	title   string
	file    string // of the examples
	message string
	json    string // the object, or
	hex     string // the bytes
	sizes   bool   // compare with XML and JSON instead of drawing
	bits    bool
	say     string // what it teaches
}

const (
	numbers = `{"arr":[1,2,3,4,100000000000]}`
	alice   = `{"age":18,"name":"Alice","sex":"FEMALE","courses":[` +
		`{"credit":5,"name":"calculus"},{"credit":2,"name":"Fundamentals of Electronic Circuits and System"}]}`
)

var demo = []scene{
	{
		title: `{101, "hello"}: a tag and a value, twice`, file: "helloworld.proto", message: "HelloWorld",
		json: `{"id":101,"name":"hello"}`,
		say:  "No names, no types, no brackets: a tag is number<<3 | wire type, and the .proto file knows the rest.",
	},
	{
		title: "Bit by bit: the array 300, 1", file: "numbers.proto", message: "Numbers",
		json: `{"arr":[300,1]}`, bits: true,
		say: "7 bits in each byte, the lowest first; the top bit says whether another byte follows.",
	},
	{
		title: "One byte more: the ten bytes on the slide", file: "helloworld.proto", message: "HelloWorld",
		hex: "0865120648656c6c6f77",
		say: `Right bytes, but of another name: 48 is H, 77 is w, and the length is 6. "hello" is 05 68 65 6c 6c 6f.`,
	},
	{
		title: "Without the .proto file", hex: "22020805",
		say: "The bytes do not say what they are. Every reading is right for somebody.",
	},
	{
		title: "A negative number", file: "helloworld.proto", message: "HelloWorld",
		json: `{"id":-1}`,
		say:  "sint32 folds the sign into the lowest bit (zigzag), so that -1 is 1.",
	},
	{
		title: "Five numbers of 8 bytes", file: "numbers.proto", message: "Numbers",
		json: numbers, sizes: true,
		say: "Small numbers take one byte each; only the large one takes six.",
	},
	{
		title: "Alice and her courses", file: "student.proto", message: "StudentInfo",
		json: alice, sizes: true,
		say: "Text is text in every format. What Protobuf saves is the names.",
	},
}

var predictions = []struct{ question, command string }{
	{"How many bytes is an object with id 0 and no name?", `go run ./cmd/pbshow encode -p helloworld.proto '{"id":0,"name":""}'`},
	{"How many bytes is 127? 128? -1?", "go run ./cmd/pbshow varint 128"},
	{"What happens to bytes if the length says 6, and 5 follow?", "go run ./cmd/pbshow 08 65 12 06 68 65 6c 6c 6f"},
}

func (sc scene) show(c *cobra.Command, env *cli.Env, n int) error {
	var file *schema.File
	var text []byte
	data, err := hex.DecodeString(sc.hex)
	if err != nil {
		return err
	}
	var asSchema pbwire.Schema // nil, not a nil pointer, without a file
	var table []size
	if sc.file != "" {
		p := proto{path: sc.file, message: sc.message}
		f, md, err := p.load(c.Context())
		if err != nil {
			return err
		}
		file, asSchema = f, f.Schema(md)
		if sc.json != "" {
			if _, data, err = encode(file, md, []byte(sc.json)); err != nil {
				return err
			}
		}
		m, err := file.Unmarshal(md, data)
		if err != nil {
			return err
		}
		if text, err = file.ToJSON(m); err != nil {
			return err
		}
		if sc.sizes {
			if table, err = sizes(file, md, []byte(sc.json)); err != nil {
				return err
			}
		}
	}
	fields, err := pbwire.Dissect(data, asSchema)
	if err != nil {
		return err
	}
	if env.JSON {
		r := newReport(data, fields, nil)
		r.Schema, r.Message = sc.message, text
		return env.PrintJSON(struct {
			Scene int    `json:"scene"`
			Title string `json:"title"`
			Say   string `json:"say"`
			Sizes []size `json:"sizes,omitempty"`
			report
		}{n, sc.title, sc.say, table, r})
	}
	return sc.draw(env, n, data, fields, text, table)
}

func (sc scene) draw(env *cli.Env, n int, data []byte, fields []wire.Field, text []byte, table []size) error {
	s := env.Screen()
	if n > 1 {
		s.Printf("\n")
	}
	s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("%d. %s", n, sc.title)))
	if sc.sizes {
		if err := showSizes(env, sc.message, table); err != nil {
			return err
		}
	} else {
		if err := draw(env, data, fields, sc.bits); err != nil {
			return err
		}
		if sc.hex != "" && text != nil {
			s.Printf("%s = %s\n", byteCount(len(data)), text)
		} else {
			s.Printf("%s\n", byteCount(len(data)))
		}
	}
	s.Printf("%s\n", s.Paint(term.Green, s.Wrap(0, sc.say)))
	return nil
}
