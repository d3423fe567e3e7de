// Package onwire_test runs the pages: every console block of README.md and
// docs/*.md is a session, and must print what the page says.
package onwire_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/internal/screens"
)

// A block is a fenced block of a page.
type block struct {
	page string
	line int    // of the opening fence
	info string // after the fence: "console", "console network"
	text string
}

func pages(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{"README.md"}, docs...)
}

// blocks returns the fenced blocks of a page.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []block
	open := false
	for i, line := range strings.SplitAfter(string(data), "\n") {
		info, fence := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "```")
		switch {
		case fence && !open:
			found = append(found, block{page: page, line: i + 1, info: strings.TrimSpace(info)})
			open = true
		case fence:
			open = false
		case open:
			found[len(found)-1].text += line
		}
	}
	if open {
		t.Fatalf("%s: the block of line %d is never closed", page, found[len(found)-1].line)
	}
	return found
}

// A command is one "$ " line of a console block, with what it prints. A line
// that ends in a backslash goes on in the next.
type command struct {
	line int
	text string
	want string
}

func commands(b block) []command {
	var found []command
	continued := false
	for i, line := range strings.SplitAfter(b.text, "\n") {
		text, prompt := strings.CutPrefix(line, "$ ")
		switch {
		case prompt:
			found = append(found, command{line: b.line + 1 + i, text: text})
		case continued:
			found[len(found)-1].text += line
		case len(found) > 0:
			found[len(found)-1].want += line
		}
		continued = (prompt || continued) && strings.HasSuffix(strings.TrimRight(line, "\n"), "\\")
	}
	return found
}

// built is the folder with every command, once buildCommands was called.
var built string

var buildOnce = sync.OnceValue(func() error {
	var err error
	if built, err = os.MkdirTemp("", "onwire"); err != nil {
		return err
	}
	build := exec.Command("go", "build", "-o", built+string(filepath.Separator), "./cmd/...")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build ./cmd/...: %v\n%s", err, out)
	}
	return nil
})

// buildCommands builds every command and returns their folder.
func buildCommands(t *testing.T) string {
	t.Helper()
	if err := buildOnce(); err != nil {
		t.Fatal(err)
	}
	return built
}

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(built)
	os.Exit(code)
}

// goRun is how pages call a command. The test runs what buildCommands built,
// which is the same program sooner.
var goRun = regexp.MustCompile(`\bgo run (-race )?\./cmd/([a-z]+)`)

// pattern turns the expected output into a regular expression: "..." stands
// for any text, and on a line of its own for any lines, or none. Trailing
// spaces do not count.
func pattern(want string) *regexp.Regexp {
	var b strings.Builder
	for line := range strings.Lines(want) {
		line = strings.TrimRight(line, " \r\n")
		if line == "..." {
			b.WriteString(`(?:[\s\S]*?\n)??`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, `[\s\S]*?`) + `[ ]*\n`)
	}
	return regexp.MustCompile(`\A` + b.String() + `\s*\z`)
}

// background tells whether a command is a server that goes on in the
// background, "$ go run ./cmd/echo serve 127.0.0.1:7007 &", and returns the
// port that it listens on.
func background(c command) (port string, ok bool) {
	m := listens.FindStringSubmatch(c.text)
	if m == nil {
		return "", false
	}
	return m[1], true
}

var listens = regexp.MustCompile(`127\.0\.0\.1:(\d+).* &\s*$`)

// A session is a console block being run. A server in the background gets a
// port that is free here, in place of the page's; it is waited for, and killed
// at the end of the block.
type session struct {
	bin          string
	page, actual string // the ports; empty without a server
}

// toActual and toPage change the ports in a text.
func (s *session) toActual(text string) string { return s.change(text, s.page, s.actual) }
func (s *session) toPage(text string) string   { return s.change(text, s.actual, s.page) }

func (s *session) change(text, from, to string) string {
	if from == "" {
		return text
	}
	return regexp.MustCompile(`\b`+from+`\b`).ReplaceAllString(text, to)
}

// serve starts a server and waits until it answers.
func (s *session) serve(t *testing.T, c command, port string) {
	t.Helper()
	s.page, s.actual = port, screens.FreePort(t)
	line := strings.TrimSuffix(strings.TrimSpace(s.toActual(c.text)), "&")
	sh := s.command(t.Context(), "exec "+line)
	if err := sh.Start(); err != nil {
		t.Fatalf("$ %s: %v", c.text, err)
	}
	t.Cleanup(func() {
		sh.Process.Kill()
		sh.Wait()
	})
	for range 1000 { // ten seconds at most
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+s.actual, 10*time.Millisecond)
		if err == nil {
			conn.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("$ %s: the server does not answer", c.text)
}

// command makes the shell command of a line, with the commands built before
// in place of "go run".
func (s *session) command(ctx context.Context, line string) *exec.Cmd {
	sh := exec.CommandContext(ctx, "sh", "-c", goRun.ReplaceAllString(line, `"$$ONWIRE_BIN/$2"`))
	sh.Env = append(os.Environ(), "ONWIRE_BIN="+filepath.ToSlash(s.bin), "NO_COLOR=1", "COLUMNS=80", "LC_ALL=C.UTF-8")
	sh.WaitDelay = time.Second // a child may hold the pipe open
	return sh
}

// TestPages runs every console block. A block marked "console network" needs
// a network, and one marked "console linux" Linux; they are skipped elsewhere.
func TestPages(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the pages are run by sh, which is not here")
	}
	bin := buildCommands(t)
	ran := 0
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			kind, mark, _ := strings.Cut(b.info, " ")
			if kind != "console" {
				continue
			}
			found := commands(b)
			if len(found) == 0 {
				t.Errorf("%s:%d: a console block without a \"$ \" line", page, b.line)
			}
			ran += len(found)
			t.Run(fmt.Sprintf("%s:%d", page, b.line), func(t *testing.T) {
				switch {
				case mark == "network":
					t.Skip("needs a network")
				case mark == "linux" && runtime.GOOS != "linux":
					t.Skip("needs Linux")
				case mark != "" && mark != "linux":
					t.Fatalf("unknown mark %q", mark)
				}
				s := &session{bin: bin}
				for _, c := range found {
					if port, ok := background(c); ok {
						s.serve(t, c, port)
						continue
					}
					s.run(t, c)
				}
			})
		}
	}
	if ran == 0 {
		t.Fatal("no console block found: the pages say nothing that can be run")
	}
}

// run compares what a command prints with its page, and returns its exit code.
func (s *session) run(t *testing.T, c command) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	sh := s.command(ctx, s.toActual(c.text))
	if strings.Contains(sh.Args[2], "go run") {
		t.Fatalf("%q is not a command of ./cmd", c.text)
	}
	out, err := sh.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // an exit code is part of the lesson
		t.Fatalf("$ %s: %v", c.text, err)
	}
	if ctx.Err() != nil {
		t.Fatalf("$ %sdid not end in a minute", c.text)
	}
	var got strings.Builder
	for line := range strings.Lines(s.toPage(string(out))) {
		got.WriteString(strings.TrimRight(line, " \r\n") + "\n")
	}
	if !pattern(c.want).MatchString(got.String()) {
		t.Errorf("line %d: $ %s--- the page says\n%s--- it prints\n%s", c.line, c.text, c.want, got.String())
	}
	return sh.ProcessState.ExitCode()
}

// TestREADMEStart holds the two commands that a newcomer types first: a demo
// and the tests. .ci/run reads the second one from the same place.
func TestREADMEStart(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "\n## Start\n")
	start, _, _ := strings.Cut(rest, "\n## ")
	var lines []string
	for line := range strings.Lines(start) {
		if strings.HasPrefix(line, "    ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	if !found || len(lines) != 2 || lines[1] != "go test ./..." {
		t.Fatalf("README's Start has the commands %q; want a demo and \"go test ./...\"", lines)
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("sh is not here")
	}
	s := &session{bin: buildCommands(t)}
	if code := s.run(t, command{text: lines[0], want: "..."}); code != 0 {
		t.Errorf("%q exits with %d", lines[0], code)
	}
	if !goRun.MatchString(lines[0]) {
		t.Errorf("the first command is %q, not a command of ours", lines[0])
	}
}

// link finds the target of a Markdown link to a file of ours.
var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestLinks follows every link of the pages to a file in this repository.
func TestLinks(t *testing.T) {
	for _, page := range append(pages(t), "CONTRIBUTING.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, m[1])
			}
		}
	}
}
