package onwire_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestClosedPipe: a command whose reader has gone, as in "ipinfo demo | head
// -1", exits with 1 and prints nothing more. It is not killed by a signal, so
// that a server can answer what it has read.
func TestClosedPipe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the error of a broken pipe is not tested here")
	}
	bin := buildCommands(t)
	for _, name := range verbs(t, bin) {
		words := strings.Fields(name)
		if words[len(words)-1] != "demo" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			defer w.Close()
			var errs strings.Builder
			c := exec.Command(filepath.Join(bin, words[0]), words[1:]...)
			c.Stdout, c.Stderr = w, &errs
			err = c.Run()
			if code := c.ProcessState.ExitCode(); code != 1 || errs.Len() > 0 {
				t.Errorf("exit %d, %v, stderr %q; want 1 and nothing", code, err, errs.String())
			}
		})
	}
}
