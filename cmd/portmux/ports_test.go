package main

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"onwire/internal/cli"
	"onwire/portmux"

	"github.com/spf13/cobra"
)

// TestPortsNames: the name of another user's process does nothing to the
// terminal, and a socket for both versions of IP is shown as that.
func TestPortsNames(t *testing.T) {
	list := []portmux.Listener{
		{Proto: portmux.TCP, Local: netip.MustParseAddrPort("[::]:80"), Dual: true, PID: 7, Process: "a\x1b[2J\nb\x9b1m\u202e"},
		{Proto: portmux.TCP, Local: netip.MustParseAddrPort("[::]:81"), PID: 8, Process: "服务"},
	}
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
	ports := func(env *cli.Env) *cobra.Command {
		return &cobra.Command{Use: "ports", RunE: func(*cobra.Command, []string) error { return (&app{Env: env}).ports(list, true) }}
	}
	if code := cli.Run(t.Context(), ports, env, nil); code != 0 {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	for _, want := range []string{`:: and IPv4  80    a\x1b[2J\nb\x9b1m\u202e (7)`, "::           81    服务 (8)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, &out)
		}
	}
}
