//go:build !unix

package main

// ignoreFileSizeSignal is for systems that have a signal for it.
func ignoreFileSizeSignal() {}
