package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/pbwire"
	"onwire/wire"

	"github.com/spf13/cobra"
)

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

// A flushing reader writes out what is known before it waits for more: the
// records are shown as they come, but not with a system call for each.
type flushing struct {
	io.Reader
	out  *bufio.Writer
	head []byte // the first bytes that came
}

// headBytes is how much of a stream is kept, to say what it is if it is no
// message.
const headBytes = 4096

func (f *flushing) Read(p []byte) (int, error) {
	f.out.Flush() // the Env keeps its error, and ends the context
	n, err := f.Reader.Read(p)
	f.head = append(f.head, p[:min(n, headBytes-len(f.head))]...)
	return n, err
}

// rawStream lists the records of a message as they come.
func rawStream(c *cobra.Command, env *cli.Env, in input, args []string) error {
	if in.text || in.bits || in.as != "" {
		return cli.Misuse("give the bytes themselves, as FILE or stdin", "--stream goes with neither --hex, --as nor --bits")
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
	r, err := env.Open(c.Context(), name)
	if _, notHex := parseHex(name); err != nil && notHex == nil {
		return cli.Misuse("give the bytes in a file, or through a pipe; 'pbshow raw' takes hex", "--stream reads no hex, and %q is no file", name)
	}
	if err != nil {
		return err
	}
	defer r.Close()
	out := bufio.NewWriterSize(env.Out(), 64<<10)
	defer out.Flush()
	source := &flushing{Reader: r, out: out}
	stream := pbwire.NewStream(source)
	lines := json.NewEncoder(out)
	n := 0
	if !env.JSON {
		fmt.Fprintf(out, "%s\n", env.Screen().Paint(term.Dim, "      byte  field   type    value"))
	}
	for c.Context().Err() == nil && stream.Next() {
		n++
		if env.JSON {
			lines.Encode(jsonItem(stream.Item)) // to out, which keeps its error
		} else {
			fmt.Fprintf(out, "%10d  %-7s %-7v %s\n", stream.Offset, indent(stream.Item), stream.Type, wire.Escape(itemText(stream.Item)))
		}
	}
	switch {
	case c.Context().Err() != nil:
		err = cli.Failed("the records before that byte are listed", "interrupted at byte %d, after %d records", stream.Total(), n)
	case stream.Err() != nil:
		in.args = args
		err = in.cannotGoOn(name, stream.Err(), source.head)
	case !env.JSON:
		fmt.Fprintf(out, "%s\n", env.Screen().Paint(term.Bold, fmt.Sprintf("%s, %s", term.Count(n, "record"), byteCount(int(stream.Total())))))
	}
	return err
}

// cannotGoOn says what ended a stream: its bytes, or its file.
func (in *input) cannotGoOn(name string, err error, head []byte) error {
	bad, ok := errors.AsType[*pbwire.Error](err)
	if !ok {
		return cli.CannotRead(name, err)
	}
	if r := recognise(head); r != nil {
		return cli.Failed(in.hint(r, in.args, head), "%v", bad)
	}
	return cli.Failed("the records before that byte are listed; "+faultHint(bad), "%v", bad)
}

func indent(it pbwire.Item) string {
	if it.Depth == 0 { // nearly always
		return strconv.Itoa(int(it.Number))
	}
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
		head := it.Head
		if int64(len(head)) < it.Length {
			head = wholeRunes(head)
		}
		text := pbwire.Likely(pbwire.Record{Type: pbwire.LEN, Bytes: head})
		if more := it.Length - int64(len(head)); more > 0 {
			text += fmt.Sprintf(" and %s", term.Count(int(more), "more byte"))
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

// wholeRunes returns the head of a text without the character that its end may
// have cut; bytes that are no text are left as they are.
func wholeRunes(head []byte) []byte {
	for cut := range min(utf8.UTFMax, len(head)) {
		if utf8.Valid(head[:len(head)-cut]) {
			return head[:len(head)-cut]
		}
	}
	return head
}
