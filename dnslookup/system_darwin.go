package dnslookup

import (
	"bytes"
	"context"
	"fmt"
	"os"
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
	f, err := os.Open("/etc/resolv.conf")
	if err != nil {
		return nil, fmt.Errorf("the system's name servers are not known: %w", err)
	}
	defer f.Close()
	c, err := ReadResolvConf(f, "/etc/resolv.conf")
	if err != nil {
		return nil, err
	}
	c.Hosts = systemHosts("/etc/hosts")
	return c, nil
}
