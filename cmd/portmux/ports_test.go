package main

import "testing"

// TestPrintable: the name of a process of somebody else does nothing to the
// terminal.
func TestPrintable(t *testing.T) {
	for name, want := range map[string]string{"a\x1b[2J\nb": "a?[2J?b", "Web Content": "Web Content", "服务": "服务"} {
		if got := printable(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
