//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileSizeSignal makes a write past the limit of a file's size (ulimit
// -f) fail, as a full disk does, where it would end the process.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }
