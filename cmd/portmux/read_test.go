package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onwire/internal/cli"
)

// TestReadUnknownLink: packets of a link type that is not read are told, on
// the screen and beside JSON, whatever its number.
func TestReadUnknownLink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pcap")
	ethernet := captures()["ethernet.pcap"]
	binary.LittleEndian.PutUint32(ethernet[20:], 999)
	if err := os.WriteFile(path, ethernet, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"read", path}, {"read", "--json", path}} {
		var out, errs bytes.Buffer
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
		if code := cli.Run(t.Context(), command, env, args); code != 0 || !strings.Contains(out.String()+errs.String(), "link type 999") {
			t.Errorf("%v: exit %d, %q, %q", args, code, &out, &errs)
		}
	}
}

// TestReadOne: one of a kind is not told as several.
func TestReadOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pcap")
	ethernet := captures()["ethernet.pcap"]
	size := int(binary.LittleEndian.Uint32(ethernet[32:]))
	if err := os.WriteFile(path, ethernet[:24+16+size], 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
	if code := cli.Run(t.Context(), command, env, []string{"read", path}); code != 0 || !strings.HasSuffix(out.String(), "\n1 packet, 1 of them TCP or UDP in 1 flow\n") {
		t.Errorf("exit %d, %s%s", code, &out, &errs)
	}
}
