// Package interop finds the programs of others that tests named TestInterop...
// compare ours with.
package interop

import (
	"os"
	"os/exec"
	"testing"
)

// Find returns the path of a program that a Debian package has, and skips the
// test if it is not installed. Daemons are not on the path of everybody, so
// /usr/sbin is searched too.
func Find(t testing.TB, program, debian string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + program)
	}
	if err != nil {
		Skip(t, "%s is not installed: the Debian package %s, in .ci/peers", program, debian)
	}
	return path
}

// Python returns a Python that has a module, and skips the test if there is
// none. Debian's own stands first: a machine may have several.
func Python(t testing.TB, module, debian string) string {
	t.Helper()
	for _, p := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(p, "-c", "import "+module).Run() == nil {
			return p
		}
	}
	Skip(t, "Python's %s is not here: the Debian package %s, in .ci/peers", module, debian)
	return ""
}

// All tells whether every peer must be there, as ONWIRE_INTEROP=1 says.
func All() bool { return os.Getenv("ONWIRE_INTEROP") == "1" }

// Skip skips a test for want of something this machine lacks, or fails it
// where all is wanted.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if All() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
