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

// TestInteropLab: tshark finds nothing malformed and no wrong checksum in the
// capture of the lab, but the bits that were broken on purpose.
func TestInteropLab(t *testing.T) {
	interop.Find(t, "tshark", "tshark")
	for _, tt := range []struct {
		args   []string
		filter string
		want   int
	}{
		{nil, "_ws.malformed || ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0", 0},
		{[]string{"--break", "udp 1"}, "udp.checksum.status==0", 1},
		{nil, "icmp.type==3 && icmp.code==3 && udp.dstport==7778", 1},
	} {
		file := filepath.Join(t.TempDir(), "x.pcapng")
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
		if code := cli.Run(t.Context(), command, env, append([]string{"demo", "--lab", "--pcap", file}, tt.args...)); code != 0 {
			t.Fatalf("exit %d", code)
		}
		out, err := exec.Command("tshark", "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
			"-o", "udp.check_checksum:TRUE", "-Y", tt.filter).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(out), "\n"); got != tt.want {
			t.Errorf("%v: %q finds %d frames, want %d:\n%s", tt.args, tt.filter, got, tt.want, out)
		}
	}
}
