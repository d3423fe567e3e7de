//go:build !linux

package dnslookup

import "net"

func newPackets(conn net.Conn) packets { return newPlainPackets(conn) }
