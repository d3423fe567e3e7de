//go:build unix

package main

import "syscall"

// descriptors returns how many connections this process has descriptors for,
// some kept for its own files.
func descriptors() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(max(min(uint64(limit.Cur), 1<<30), 33) - 32)
}
