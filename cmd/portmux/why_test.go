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
