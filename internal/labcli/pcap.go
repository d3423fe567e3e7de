package labcli

import (
	"io"
	"os"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/lab"
)

// PcapOnStdout checks a path of --pcap before anything is shown. For "-" the
// capture goes to stdout, and the screen is left out.
func PcapOnStdout(env *cli.Env, path string) error {
	switch {
	case path != "-":
		return nil
	case env.JSON:
		return cli.Misuse("leave --json out, or name a file: --pcap FILE", "--pcap - and --json both write to stdout")
	case term.IsTerminal(env.Stdout):
		return cli.Misuse("send it to a program: --pcap - | tshark -r -", "--pcap -: a capture is bytes, and stdout is a terminal")
	}
	env.Screen().Writer = io.Discard
	return nil
}

// CreatePcap opens what --pcap names: a file, or stdout for "-". Each Write must
// be a whole block of the capture: where the disk is full the file ends with the
// block before it, so that it can be read as far as it goes.
func CreatePcap(env *cli.Env, path string) (io.WriteCloser, error) {
	if path == "-" {
		return stdout{env.Out()}, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, cli.Failed("choose a place where you may write", "--pcap %q: %v", path, cli.Cause(err))
	}
	return &blocks{file: file}, nil
}

type stdout struct{ io.Writer }

func (stdout) Close() error { return nil }

// blocks is a file that ends with a whole Write.
type blocks struct {
	file interface {
		io.WriteCloser
		Truncate(size int64) error
	}
	size int64
	err  error // the first one, which ends it
}

func (b *blocks) Write(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.file.Write(p)
	if err != nil {
		b.err = err
		b.file.Truncate(b.size)
		return 0, err
	}
	b.size += int64(n)
	return n, nil
}

func (b *blocks) Close() error { return b.file.Close() }

// WritePcap writes the file of --pcap; a path of "" is none.
func WritePcap(env *cli.Env, path string, r *lab.Recording) error {
	if path == "" {
		return nil
	}
	out, err := CreatePcap(env, path)
	if err != nil {
		return err
	}
	err = r.WritePcap(out)
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		return cli.Failed("free some space, or write elsewhere; the capture ends with a whole frame", "--pcap %q: %v", path, cli.Cause(err))
	}
	return nil
}
