package portmux

import (
	"syscall"
	"unsafe"
)

const hugePage = 2 << 20

// hugePages asks for pages of 2 MiB behind a large table that is still empty.
// Look-ups jump about in it, and with pages of 4 KiB each would wait twice:
// for the memory, and before that for the page table that says where it is.
// The kernel may say no, and the table works as well without.
func hugePages[T any](table []T) {
	size := len(table) * int(unsafe.Sizeof(table[0]))
	if size >= 2*hugePage {
		_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(&table[0])), size), syscall.MADV_HUGEPAGE)
	}
}
