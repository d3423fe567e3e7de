//go:build !linux

package portmux

// hugePages is for Linux only.
func hugePages[T any](table []T) {}
