//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// brokenPipeIsAnError lets a write to a pipe that has no reader fail with EPIPE.
// By default the signal would end the process at once, and a server in it with
// requests half answered.
func brokenPipeIsAnError() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
