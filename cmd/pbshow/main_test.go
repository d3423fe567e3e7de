package main

import (
	"testing"

	"onwire/internal/screens"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pbshow": main})
}

// TestScreens runs every screen of the command.
func TestScreens(t *testing.T) {
	screens.Run(t, testscript.Params{})
}
