package labcli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"onwire/internal/cli"
	"onwire/lab"

	"github.com/gopacket/gopacket/pcapgo"
	"github.com/spf13/cobra"
)

// record plays a short run and returns what is to be written.
func record(t *testing.T) *lab.Recording {
	t.Helper()
	r := new(lab.Recording)
	for n := 1; n <= 5; n++ {
		f := lab.Frame{Number: n, From: "client", To: "server", Bytes: make([]byte, 60+n)}
		r.Observe(lab.Event{Frame: f, Stage: lab.Sent, At: "client", Bytes: f.Bytes})
	}
	return r
}

// A disk takes so many bytes, and is full then.
type disk struct {
	room int
	got  []byte
}

func (d *disk) Write(p []byte) (int, error) {
	n := min(d.room, len(p))
	d.room -= n
	d.got = append(d.got, p[:n]...)
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *disk) Truncate(size int64) error {
	d.got = d.got[:size]
	return nil
}

func (d *disk) Close() error { return nil }

// TestFullDisk: wherever the disk is full, the file ends with a whole frame, and
// the error comes once.
func TestFullDisk(t *testing.T) {
	r := record(t)
	whole := &disk{room: 1 << 20}
	if err := r.WritePcap(&blocks{file: whole}); err != nil {
		t.Fatal(err)
	}
	for room := range len(whole.got) {
		d := &disk{room: room}
		b := &blocks{file: d}
		if err := r.WritePcap(b); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("%d bytes: %v", room, err)
		}
		d.room = 1 << 20
		if n, err := b.Write([]byte("more")); n != 0 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("after the error it writes %d, %v", n, err)
		}
		if len(d.got) == 0 {
			continue
		}
		in, err := pcapgo.NewNgReader(bytes.NewReader(d.got), pcapgo.DefaultNgReaderOptions)
		for err == nil {
			_, _, err = in.ReadPacketData()
		}
		if err != io.EOF {
			t.Errorf("%d bytes: the file of %d ends with %v", room, len(d.got), err)
		}
	}
}

// TestPcapFull: the command says so once, and exits with 1.
func TestPcapFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]string{
		"/dev/full":                           "no space left on device",
		filepath.Join(t.TempDir(), "no", "x"): "no such file or directory",
	} {
		var errs strings.Builder
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &errs}
		code := cli.Run(t.Context(), func(env *cli.Env) *cobra.Command {
			return &cobra.Command{Use: "tool", RunE: func(*cobra.Command, []string) error { return WritePcap(env, path, record(t)) }}
		}, env, nil)
		if code != 1 || strings.Count(errs.String(), want) != 1 || strings.Count(errs.String(), "\n") != 2 {
			t.Errorf("exit %d, %s", code, errs.String())
		}
	}
}
