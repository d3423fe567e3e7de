// Package screens runs the screens of a command: the testscript files in its
// testdata/script. "go test ./cmd/... -update" writes them anew.
package screens

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the expected screens anew")

// Run runs the screens 80 columns wide and without colour. p may add commands
// and a Setup of its own.
func Run(t *testing.T, p testscript.Params) {
	t.Helper()
	own := p.Setup
	p.Dir, p.UpdateScripts = "testdata/script", *update
	p.Setup = func(env *testscript.Env) error {
		env.Setenv("NO_COLOR", "1")
		env.Setenv("COLUMNS", "80")
		env.Setenv("GORACE", "atexit_sleep_ms=0") // under -race each command would sleep a second at its end
		if own == nil {
			return nil
		}
		return own(env)
	}
	testscript.Run(t, p)
}
