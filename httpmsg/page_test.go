package httpmsg_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"onwire/httpmsg"
)

// TestPage: the table of rules on page 6 says what the rules say.
func TestPage(t *testing.T) {
	b, err := os.ReadFile("../docs/06-http.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(b), "| rule | in a request | in a response | where |\n|---|---|---|---|\n")
	if !ok {
		t.Fatal("page 6 has no table of rules")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	if len(rows) < 10 {
		t.Errorf("%d rows", len(rows))
	}
	var want []string
	for _, row := range rows {
		name := strings.TrimSpace(strings.Split(row+"||", "|")[1])
		for _, r := range httpmsg.Rules() {
			if r.String() == name {
				want = append(want, fmt.Sprintf("| %s | %s | %s | %s |", name, cell(r, httpmsg.RequestKind), cell(r, httpmsg.ResponseKind), r.RFC()))
			}
		}
	}
	if got := strings.Join(want, "\n"); got != table {
		t.Errorf("page 6 has\n%s\nand the rules are\n%s", table, got)
	}
}

// cell is what a rule requires for messages of a kind; the sentence has the
// level, or says that it is advice.
func cell(r httpmsg.Rule, k httpmsg.Kind) string {
	does := r.Requirement(k)
	switch {
	case does == "":
		return "-"
	case k == httpmsg.ResponseKind && does == r.Requirement(httpmsg.RequestKind):
		return "the same"
	case strings.Contains(does, r.Level(k).String()):
		return does
	}
	return fmt.Sprintf("*%v*: %s", r.Level(k), does)
}
