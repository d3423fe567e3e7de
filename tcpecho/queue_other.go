//go:build !linux && !darwin

package tcpecho

import "syscall"

// This system does not say how long its queues are.
const systemMeasures = false

func unread(syscall.RawConn) int  { return 0 }
func unacked(syscall.RawConn) int { return 0 }
