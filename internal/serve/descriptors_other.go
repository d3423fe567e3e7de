//go:build !unix

package serve

// Descriptors returns how many connections a server takes at once. These
// systems have no limit of descriptors that is reached before memory is.
func Descriptors() int { return 10000 }
