package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the screens in testdata/script anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pbshow": main})
}

// TestScreens runs every screen of the command.
func TestScreens(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("COLUMNS", "80")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command sleeps a second at its end
			return nil
		},
	})
}
