package dnslookup

import (
	"bytes"
	"context"
	"os/exec"
)

// System reads the system's settings. On macOS programs follow the
// configuration that scutil prints; /etc/resolv.conf is only a hint for others.
func System(ctx context.Context) (*Config, error) {
	out, err := exec.CommandContext(ctx, "/usr/sbin/scutil", "--dns").Output()
	if err == nil {
		if c := readScutil(bytes.NewReader(out)); len(c.Servers) > 0 {
			c.Hosts = systemHosts("/etc/hosts")
			return c, nil
		}
	}
	return unixConfig()
}
