package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"onwire/internal/cli"
)

// TestWhyCases asks the command for every given case, packets and frames.
func TestWhyCases(t *testing.T) {
	data, err := os.ReadFile("../../portmux/testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for line := range strings.Lines(string(data)) {
		col := strings.Split(line, "\t")
		if len(col) < 6 || col[0] == "id" {
			continue
		}
		asked++
		var out, errs bytes.Buffer
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
		code := cli.Run(t.Context(), command, env, []string{"why", "--world", "../../portmux/testdata/world.tsv", "--json", col[4]})
		var got struct{ Verdict string }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || code != 0 || got.Verdict != col[5] {
			t.Errorf("%s %s: exit %d, %q, %v; want %q: %s", col[0], col[2], code, got.Verdict, err, col[5], &errs)
		}
	}
	if asked < 50 {
		t.Errorf("only %d cases", asked)
	}
}

// TestWhyOtherVersion: the EtherType says one version of IP, and the packet
// says the other. That is broken, and no app gets it, whichever is which.
func TestWhyOtherVersion(t *testing.T) {
	const v4 = "4500001e00010000401166ba0a0900010a09000204571e61000a60a46869"
	const v6 = "60000000000a1140fd090000000000000000000000000001fd09000000000000000000000000000204572328000a75db6869"
	for _, frame := range []string{"02000000000102000000000286dd" + v4, "0200000000010200000000020800" + v6} {
		var out, errs bytes.Buffer
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
		code := cli.Run(t.Context(), command, env, []string{"why", "--world", "../../portmux/testdata/world.tsv", "--json", frame})
		var got struct {
			Verdict string
			Host    string `json:"host_verdict"`
			Fault   string
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || code != 0 || got.Verdict != "bad" || got.Host != "drop" || !strings.Contains(got.Fault, "version") {
			t.Errorf("%s: exit %d, %v, %+v; %s", frame, code, err, got, &errs)
		}
	}
}
