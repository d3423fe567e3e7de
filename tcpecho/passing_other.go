//go:build !windows

package tcpecho

var passingHere []error
