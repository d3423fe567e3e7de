package main

import (
	"flag"
	"testing"

	"onwire/internal/cli"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the screens anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"portmux": func() { cli.Main(command) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("COLUMNS", "80")
			e.Setenv("ONWIRE_SERVICES", "none") // the screens must not depend on the system's file
			return nil
		},
	})
}
