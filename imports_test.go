package onwire_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImportGRPC has the packages that are about calls. All others, and every
// command but grpcshow, are built without gRPC.
var mayImportGRPC = map[string]bool{
	"onwire/cmd/grpcshow":  true,
	"onwire/greeter":       true,
	"onwire/greeter/hello": true,
	"onwire/bench/greeter": true,
}

// usesLab are the packages that may pull in the lab, and with it gVisor.
var usesLab = map[string]bool{
	"onwire/lab":             true,
	"onwire/internal/labcli": true,
	"onwire/cmd/echo":        true,
	"onwire/cmd/portmux":     true,
	"onwire/cmd/dnslookup":   true,
	"onwire/cmd/httpshow":    true,
	"onwire/cmd/grpcshow":    true,
}

// TestImports holds the direction of the imports: what a student imports never
// imports the commands' packages, and pulls in no more than it needs.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		deps := strings.Fields(line)
		pkg := deps[0]
		if !mayImportGRPC[pkg] && slices.Contains(deps, "google.golang.org/grpc") {
			t.Errorf("%s imports google.golang.org/grpc, which is for what is about calls", pkg)
		}
		if !usesLab[pkg] && slices.ContainsFunc(deps, func(dep string) bool { return strings.HasPrefix(dep, "gvisor.dev/") }) {
			t.Errorf("%s pulls in gVisor, which is for what plays on the lab's wire", pkg)
		}
		if strings.HasPrefix(pkg, "onwire/cmd/") || strings.HasPrefix(pkg, "onwire/internal/") || strings.HasPrefix(pkg, "onwire/bench/") {
			continue
		}
		for _, dep := range deps[1:] {
			if strings.HasPrefix(dep, "vendor/") { // the standard library's own
				continue
			}
			switch {
			case strings.HasPrefix(dep, "onwire/internal/"), strings.HasPrefix(dep, "onwire/cmd/"):
				t.Errorf("%s imports %s, which is for commands only", pkg, dep)
			case pkg == "onwire/wire" && strings.Contains(dep, "."):
				t.Errorf("wire imports %s; it stands on the standard library alone", dep)
			case pkg == "onwire/ipaddr" && strings.Contains(dep, "."):
				t.Errorf("ipaddr imports %s; it stands on the standard library and wire", dep)
			case pkg == "onwire/pbwire" && strings.Contains(dep, "."):
				t.Errorf("pbwire imports %s; it stands on the standard library and wire", dep)
			case pkg == "onwire/httpmsg" && (strings.Contains(dep, ".") || dep == "net/http"):
				t.Errorf("httpmsg imports %s; it stands on the standard library without net/http, and wire", dep)
			}
		}
	}
}
