package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onwire/internal/cli"
	"onwire/internal/interop"
)

// TestInteropFrames: tshark finds nothing malformed and no wrong checksum in
// the capture of a look-up, and the same messages as we do.
func TestInteropFrames(t *testing.T) {
	interop.Find(t, "tshark", "tshark")
	file := filepath.Join(t.TempDir(), "x.pcapng")
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	if code := cli.Run(t.Context(), command, env, []string{"demo", "--frames", "big.example.cn", "TXT", "--pcap", file}); code != 0 {
		t.Fatalf("exit %d", code)
	}
	for filter, want := range map[string]int{
		"_ws.malformed || ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0": 0,
		"dns.flags.response==0":                           4,
		"dns.flags.truncated==1 && dns.flags.response==1": 1,
		"tcp && dns.count.answers==20":                    1,
	} {
		out, err := exec.Command("tshark", "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
			"-o", "udp.check_checksum:TRUE", "-Y", filter).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(out), "\n"); got != want {
			t.Errorf("%q finds %d frames, want %d:\n%s", filter, got, want, out)
		}
	}
}
