package main

import (
	"testing"

	"onwire/internal/cli"
	"onwire/internal/screens"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"portmux": func() { cli.Main(command) }})
}

func TestScripts(t *testing.T) {
	screens.Run(t, testscript.Params{
		Setup: func(e *testscript.Env) error {
			e.Setenv("ONWIRE_SERVICES", "none") // the screens must not depend on the system's file
			return nil
		},
	})
}
