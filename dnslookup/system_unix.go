//go:build !windows && !darwin

package dnslookup

import "context"

// System reads the system's settings: /etc/resolv.conf and /etc/hosts.
func System(context.Context) (*Config, error) { return unixConfig() }
