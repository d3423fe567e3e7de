package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onwire/internal/interop"
)

// TestInteropWasm: as WebAssembly the lab's scenes print what they print here,
// byte for byte, and what needs the kernel's sockets says that there are none.
func TestInteropWasm(t *testing.T) {
	if testing.Short() || !interop.All() {
		t.Skip("it builds the command anew, which takes long; ONWIRE_INTEROP=1 runs it")
	}
	node := interop.Find(t, "node", "nodejs")
	program := filepath.Join(t.TempDir(), "echo.wasm")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	loader := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js")
	wasm := func(args ...string) (string, error) {
		c := exec.Command(node, append([]string{"--stack-size=8192", loader, program}, args...)...)
		c.Env = append(os.Environ(), "COLUMNS=80", "NO_COLOR=1")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	for _, scene := range []string{"handshake", "loss", "checksum"} {
		_, here, _ := run(t, t.Context(), nil, "demo", scene)
		there, err := wasm("demo", scene)
		if err != nil || there != here {
			t.Errorf("%s, %v:\n%s\nhere:\n%s", scene, err, there, here)
		}
	}
	for _, args := range []string{"serve", "send hello", "send --udp hello", "load"} {
		out, err := wasm(strings.Fields(args)...)
		if err == nil || !strings.Contains(out, "this system has no sockets") || !strings.Contains(out, "\nhint: 'echo demo' needs none") {
			t.Errorf("%s: %v, %s", args, err, out)
		}
	}
	for _, sc := range scenes() {
		out, err := wasm("demo", sc.name)
		if err != nil || !strings.Contains(out, "this system has no sockets") || strings.Contains(out, "seen ") {
			t.Errorf("%s: %v, %s", sc.name, err, out)
		}
	}
}
