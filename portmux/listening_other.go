//go:build !linux

package portmux

// Listening returns the listening ports of this machine. Only Linux tells them
// in a file; elsewhere the error is ErrNoTable.
func Listening(processes bool) ([]Listener, error) { return nil, ErrNoTable }
