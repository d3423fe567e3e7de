//go:build !linux

package main

import "net"

// delayACK does nothing: this system decides by itself.
func delayACK(*net.TCPConn) {}

// kernelState knows nothing: this system has no such table to read.
func kernelState(_, _ string) (string, bool) { return "", false }
