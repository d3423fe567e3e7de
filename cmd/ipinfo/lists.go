package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"
	"onwire/wire"
)

// maxLine bounds a line of a list: an address with a zone that is far longer
// than any system allows, and a comment.
const maxLine = 1024

// maxTold bounds the errors about the lines of a list; more are only counted.
const maxTold = 10

// A tally counts what was wrong in the arguments and lists of a verb.
type tally struct {
	args       bool // an argument was wrong
	lines, bad int  // of lists
}

// exit is the error of a verb that went on after something was wrong.
func (t tally) exit() error {
	switch {
	case t.args:
		return cli.Exit(2)
	case t.bad > 0:
		return cli.Failed("each is named above, up to ten; blank lines and comments after # do not count", "%d of %d lines were left out", t.bad, t.lines)
	}
	return nil
}

// each shows every argument, and every line of an argument that is a list: a
// file, or "-" for stdin. An error goes to stderr, or is an object with
// --json, and does not stop the others.
func (a *app) each(ctx context.Context, args []string, show func(ipaddr.Input) error) error {
	t := tally{}
	if err := a.walk(ctx, args, &t, show); err != nil {
		return err
	}
	return t.exit()
}

// walk is each, and leaves what was wrong in t. An error ends it only where
// nothing can go on: an output that has ended, an interrupt.
func (a *app) walk(ctx context.Context, args []string, t *tally, show func(ipaddr.Input) error) error {
	if err := stdinOnce(args); err != nil {
		return err
	}
	for _, text := range args {
		in, err := a.parse(text)
		if err != nil && isList(text) {
			if err := a.walkList(ctx, text, t, show); err != nil {
				return err
			}
			continue
		}
		if err == nil {
			a.say(in.Notes)
			err = show(in)
		}
		if err == nil {
			continue
		}
		if stopped := a.stopped(ctx); stopped != nil {
			return stopped
		}
		t.args = true
		if a.JSON {
			if err := a.PrintJSON(faultJSON(text, 0, err)); err != nil {
				return err
			}
		} else {
			a.Report("ipinfo", err)
		}
	}
	return nil
}

// say writes the notes on an argument to stderr, for a verb that does not show
// them itself.
func (a *app) say(notes []wire.Note) {
	if a.sayNotes {
		for _, n := range notes {
			fmt.Fprintf(a.Stderr, "ipinfo: %s\n", n)
		}
	}
}

// stdinOnce refuses a second "-", and one that is the dash of a range.
func stdinOnce(args []string) error {
	for i := 2; i < len(args); i++ {
		if args[i-1] == "-" && isAddr(args[i-2]) && isAddr(args[i]) {
			return cli.Misuse("write "+args[i-2]+"-"+args[i], "a range has no spaces, and - alone is stdin")
		}
	}
	if i := slices.Index(args, "-"); i >= 0 && slices.Contains(args[i+1:], "-") {
		return cli.Misuse("write - once", "stdin can be read only once")
	}
	return nil
}

func isAddr(text string) bool {
	in, err := ipaddr.Parse(text, ipaddr.Strict)
	return err == nil && in.Kind == ipaddr.KindAddr
}

// stopped returns the error that leaves no use in going on.
func (a *app) stopped(ctx context.Context) error {
	if err := a.OutErr(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return cli.Failed("", "interrupted")
	}
	return nil
}

// isList reports whether an argument that is no address names a list. A name
// that looks like a file's is one even if there is no such file: the error then
// says so.
func isList(text string) bool {
	if text == "-" {
		return true
	}
	if _, err := os.Stat(text); err == nil {
		return true
	}
	switch filepath.Ext(text) {
	case ".txt", ".csv", ".tsv", ".list", ".lst", ".log", ".cidr":
		return !strings.Contains(text, "://")
	}
	return false
}

// walkList shows every line of a list.
func (a *app) walkList(ctx context.Context, name string, t *tally, show func(ipaddr.Input) error) error {
	if name == "-" && term.IsTerminal(a.Stdin) {
		fmt.Fprintln(a.Stderr, "ipinfo: reading addresses from the keyboard, one a line")
	}
	r, err := a.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	where := "stdin"
	if name != "-" {
		where = wire.Escape(name)
	}
	return eachLine(cli.Text(r), func(n int, line string, tooLong bool) error {
		line = withoutComment(line)
		if line == "" {
			return nil
		}
		t.lines++
		var in ipaddr.Input
		err := error(cli.Misuse("", "the line is too long for an address"))
		if !tooLong {
			if in, err = a.parse(line); err == nil {
				err = show(in)
			}
		}
		if err == nil {
			return nil
		}
		if stopped := a.stopped(ctx); stopped != nil {
			return stopped
		}
		t.bad++
		switch {
		case a.JSON:
			return a.PrintJSON(faultJSON(line, n, err))
		case t.bad <= maxTold:
			message, hint := cli.Parts(err)
			a.Report("ipinfo", cli.Misuse(hint, "%s line %d: %s", where, n, message))
		case t.bad == maxTold+1:
			fmt.Fprintln(a.Stderr, "ipinfo: more lines are wrong, which are only counted")
		}
		return nil
	})
}

// withoutComment returns a line without spaces around it and without what
// follows # or ; at its start or after a space.
func withoutComment(line string) string {
	for i := range len(line) {
		if (line[i] == '#' || line[i] == ';') && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}

// eachLine reads lines, which end in LF or CR LF. Of one that is too long only
// the start is kept.
func eachLine(r io.Reader, use func(n int, line string, tooLong bool) error) error {
	in := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		text, tooLong := string(line), errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if tooLong {
			text = strings.ToValidUTF8(text[:64], "") + "..."
		}
		if text != "" {
			if err := use(n, text, tooLong); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return readError(err)
		}
	}
}

// withMasks joins an address and the netmask after it, which ipconfig and
// routers print as two words: "10.0.0.1 255.255.255.0". A list of addresses
// stays one: only a word that is a netmask in everyday use is joined.
func withMasks(args []string) []string {
	var joined []string
	for i := 0; i < len(args); i++ {
		words := 1
		if i+2 < len(args) && slices.Contains([]string{"netmask", "mask", "prefixlen"}, args[i+1]) {
			words = 3
		} else if i+1 < len(args) && isNetmaskOf(args[i], args[i+1]) {
			words = 2
		}
		joined = append(joined, strings.Join(args[i:i+words], " "))
		i += words - 1
	}
	return joined
}

// isNetmaskOf reports whether a word can only be the netmask of the address
// before it: from /8 to /32, in hex, or 0.0.0.0 of a default route.
func isNetmaskOf(addr, word string) bool {
	in, err := ipaddr.Parse(addr, ipaddr.Strict)
	if err != nil || in.Kind != ipaddr.KindAddr || len(in.Notes) > 0 { // a netmask itself
		return false
	}
	both, err := ipaddr.Parse(addr+" "+word, ipaddr.Strict)
	switch {
	case err != nil:
		return strings.HasPrefix(word, "255.") && in.Addr.Is4() // the error is about the mask
	case both.Kind != ipaddr.KindPrefix || strings.HasPrefix(addr, "255."):
		return false
	case addr == "0.0.0.0":
		return word == "0.0.0.0"
	}
	return strings.HasPrefix(word, "255.") || strings.HasPrefix(strings.ToLower(word), "0x")
}
