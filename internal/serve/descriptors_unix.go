//go:build unix

package serve

import "syscall"

// Descriptors returns how many connections this process has file descriptors
// for: its limit, less what it keeps for its own files. The Go runtime raises
// the soft limit to the hard one at the start.
func Descriptors() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return unknown
	}
	most := int(min(uint64(limit.Cur), 1<<20))
	return max(most-min(32, most/2), 1)
}

// unknown is the bound where the system does not say.
const unknown = 1000
