package main

import (
	"fmt"
	"runtime"

	"onwire/internal/cli"
)

// hasKernel reports whether this system has sockets of a kernel. In a browser
// (js/wasm) the Go runtime has a network in memory instead; what that does must
// not be shown as what TCP does.
var hasKernel = runtime.GOOS != "js" && runtime.GOOS != "wasip1"

const noSockets = "this system has no sockets: a program in a browser, or in WebAssembly, can neither listen nor connect"

// needsKernel is an error where there is none.
func needsKernel() error {
	if hasKernel {
		return nil
	}
	return cli.Failed("'echo demo' needs none: it brings two hosts with a TCP/IP stack each", noSockets)
}

// sceneNeedsKernel is the same for a scene.
func sceneNeedsKernel() error {
	if hasKernel {
		return nil
	}
	return fmt.Errorf("%w: %s; the scenes on the lab's wire need none", errCannotShow, noSockets)
}
