package main

import (
	"strings"
	"syscall"
	"testing"

	"onwire/internal/cli"
)

// TestCannotConnectHint: the hint is a command to copy, with no blank at its
// end where the address is the default one.
func TestCannotConnectHint(t *testing.T) {
	for addr, want := range map[string]string{
		defaultAddr:    "go run ./cmd/echo serve",
		"127.0.0.1:99": "go run ./cmd/echo serve 127.0.0.1:99",
	} {
		_, hint := cli.Parts(cannotConnect(addr, syscall.ECONNREFUSED))
		if !strings.HasSuffix(hint, ": "+want) {
			t.Errorf("%s: hint %q, want it to end in %q", addr, hint, want)
		}
	}
}
