//go:build !windows && !darwin

package dnslookup

import (
	"context"
	"fmt"
	"os"
)

// System reads the system's settings: /etc/resolv.conf and /etc/hosts.
func System(context.Context) (*Config, error) {
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
