package tcpecho

import (
	"errors"
	"slices"
	"syscall"
)

// passing reports whether an error of Accept passes by itself: there was no
// descriptor or no memory left, or the peer had gone before it was accepted.
func passing(err error) bool {
	is := func(e error) bool { return errors.Is(err, e) }
	return slices.ContainsFunc(passingErrors, is) || slices.ContainsFunc(passingHere, is)
}

var passingErrors = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
	syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EPROTO,
}
