package onwire_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// inColor puts a flag after the name of each command in a line of a page.
var inColor = regexp.MustCompile(`\bgo run (-race )?\./cmd/([a-z]+)`)

var (
	faint    = regexp.MustCompile("\x1b\\[2m(.*?)\x1b\\[m")
	sentence = regexp.MustCompile(`^\W*(\pL[\pL'-]*\W+){6,}`)
	tornRFC  = regexp.MustCompile(`(?m)\bRFC$|\bRFC \d+\n +\d+\.\d`)
)

// TestScreensAreReadable runs every command of the pages in colour, in a narrow
// terminal: no sentence is faint, since a projector does not show it, and no
// reference to an RFC is torn in two.
func TestScreensAreReadable(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the pages are run by sh, which is not here")
	}
	bin := buildCommands(t)
	ran := 0
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			if b.info != "console" {
				continue
			}
			for _, c := range commands(b) {
				if !strings.HasPrefix(c.text, "go run ./cmd/") || strings.ContainsAny(c.text, "|&<>") {
					continue
				}
				ran++
				t.Run(strings.TrimSpace(c.text), func(t *testing.T) {
					t.Parallel()
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					sh := exec.CommandContext(ctx, "sh", "-c", inColor.ReplaceAllString(c.text, `"$$ONWIRE_BIN/$2" --color=always`))
					sh.Env = append(os.Environ(), "ONWIRE_BIN="+bin, "COLUMNS=60", "LC_ALL=C.UTF-8")
					out, _ := sh.CombinedOutput() // an exit code is part of the lesson
					for _, m := range faint.FindAllStringSubmatch(string(out), -1) {
						if sentence.MatchString(m[1]) {
							t.Errorf("a faint sentence: %q", m[1])
						}
					}
					text := sgr.ReplaceAllString(string(out), "")
					if at := tornRFC.FindStringIndex(text); at != nil {
						t.Errorf("a torn reference: %q", text[max(0, at[0]-60):min(len(text), at[1]+20)])
					}
				})
			}
		}
	}
	if ran < 50 {
		t.Errorf("only %d commands were found on the pages", ran)
	}
}
