//go:build !unix

package cli

// brokenPipeIsAnError has nothing to do where there is no such signal.
func brokenPipeIsAnError() {}
