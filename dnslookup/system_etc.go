//go:build !windows

package dnslookup

import (
	"fmt"
	"os"
)

// unixConfig reads /etc/resolv.conf and /etc/hosts.
func unixConfig() (*Config, error) {
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
