package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"onwire/internal/cli"
	"onwire/internal/interop"
	"onwire/internal/screens"
	"onwire/ipaddr"
	"onwire/wire"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"ipinfo": main}) }

func TestScripts(t *testing.T) {
	screens.Run(t, testscript.Params{RequireExplicitExec: true})
}

// runJSON runs the command in this process and decodes what it prints.
func runJSON(t *testing.T, stdin io.Reader, args ...string) (code int, objects []map[string]any) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: stdin, Stdout: &out, Stderr: &errs}
	code = cli.Run(t.Context(), command, env, append([]string{"--json"}, args...))
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var object map[string]any
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
			t.Fatalf("%q is not a JSON object: %v", lines.Text(), err)
		}
		objects = append(objects, object)
	}
	return code, objects
}

// TestJSONKeys: every input has the same first keys, in the order given, and a
// wrong one does not stop the others.
func TestJSONKeys(t *testing.T) {
	inputs := []string{"10.0.0.1", "10.0.0.1/31", "300.1.1.1", "::1-::5", "[::1]:80", "fe80::1%eth0", "ff02::fb", "4000::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"}
	code, objects := runJSON(t, strings.NewReader(""), inputs...)
	if code != 2 || len(objects) != len(inputs) {
		t.Fatalf("exit %d, %d objects; want 2, %d", code, len(objects), len(inputs))
	}
	for i, o := range objects {
		if o["input"] != inputs[i] {
			t.Errorf("object %d is of %v, want %s", i, o["input"], inputs[i])
		}
		keys := []string{"kind", "address", "zone", "version", "prefix", "blocks", "globally_reachable", "reverse", "embedded", "fields"}
		if i == 2 {
			o, keys = o["error"].(map[string]any), []string{"message", "offset", "hint"}
		}
		for _, key := range keys {
			if _, ok := o[key]; !ok {
				t.Errorf("%s: no key %q", inputs[i], key)
			}
		}
	}
	for i, want := range map[int]string{0: "false", 1: "false", 5: "false", 6: "-", 7: "unallocated", 8: "n/a"} {
		if got := objects[i]["globally_reachable"]; got != want {
			t.Errorf("%s: globally_reachable %v, want %s", inputs[i], got, want)
		}
	}
	if p := objects[1]; p["usable"] != "2" || p["count"] != "2" || p["first"] != "10.0.0.0" || p["prefix"] != "10.0.0.1/31" {
		t.Errorf("10.0.0.1/31: %v", p)
	}
	if objects[4]["port"] != 80.0 || objects[5]["zone"] != "eth0" || objects[5]["address"] != "fe80::1" {
		t.Errorf("port or zone: %v, %v", objects[4], objects[5])
	}
}

// TestHostileText: a text with the control characters of terminals and of
// bidirectional text arrives at no output as it is, by any input of any verb.
func TestHostileText(t *testing.T) {
	const hostile = "\x1b]52;c;eA==\a\x7f\u009b2J\u202e\u2066\u200b\u2028\u3164\ufeff\x9b\xff"
	list := filepath.Join(t.TempDir(), "list.txt")
	registry := filepath.Join(t.TempDir(), "registry.csv")
	lines := strings.ReplaceAll("X\n10.0.0.1X\nfe80::1%X\n[X]:80\n10.0.0.1/X\nhttp://X/\nX@10.0.0.1\n10.0.0.1 X\n1.2.3.4:X\n", "X", hostile)
	csv := "Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n" +
		"11.0.0.0/8," + hostile + ",[RFC1],2027-01,N/A,True,True,True,True,False\n"
	for name, text := range map[string]string{list: lines, registry: csv} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var runs [][]string
	for _, verb := range []string{"", "explain", "convert", "subnet", "sum", "diff", "contains", "range", "reverse"} {
		for _, args := range [][]string{{hostile}, {"10.0.0.1" + hostile}, {"fe80::1%" + hostile}, {"[" + hostile + "]"}, {"http://" + hostile + "/"}, {list}, {"-"}, {hostile + ".txt"}} {
			if verb != "" {
				args = append([]string{verb, "10.0.0.0/8"}, args...)
			}
			runs = append(runs, args)
		}
	}
	runs = append(runs, []string{"split", hostile, "/26"}, []string{"split", "10.0.0.0/24", hostile}, []string{"split", "10.0.0.0/24", "--hosts", hostile},
		[]string{"split", "10.0.0.0/24", "1." + hostile}, []string{"convert", "10.0.0.1", "--to", hostile}, []string{"classify", list}, []string{"classify", "-"}, []string{"classify", hostile},
		[]string{"--lenient", "classify", list}, []string{"registry", "compare", registry}, []string{"registry", "compare", list}, []string{"registry", "compare", hostile}, []string{"contains", list, hostile})
	for _, args := range runs {
		for _, json := range []bool{false, true} {
			if json {
				args = append([]string{"--json"}, args...)
			}
			var out, errs bytes.Buffer
			env := &cli.Env{Stdin: strings.NewReader(lines), Stdout: &out, Stderr: &errs}
			cli.Run(t.Context(), command, env, args)
			if out.Len()+errs.Len() == 0 {
				t.Errorf("ipinfo %q says nothing", args)
			}
			for name, text := range map[string]string{"stdout": out.String(), "stderr": errs.String()} {
				bad := strings.IndexFunc(strings.NewReplacer("\n", "", "\t", "").Replace(text), func(r rune) bool {
					return wire.Hidden(r) || r == utf8.RuneError && !json
				})
				if bad >= 0 {
					t.Errorf("ipinfo %q: %s has the hostile text as it is: %q", args, name, text)
				}
			}
		}
	}
}

// TestListIsBounded: a line that no address is as long as costs a row, not
// memory; its number is right, and so is that of the line after it.
func TestListIsBounded(t *testing.T) {
	text := "10.0.0.0/25\n" + strings.Repeat("1", 3<<20) + "\n10.0.0.128/25\r\n" + strings.Repeat("x", 1022) + "\nfoo"
	code, objects := runJSON(t, strings.NewReader(text), "sum", "-")
	var got []string
	for _, o := range objects {
		got = append(got, fmt.Sprint(o["line"], o["prefix"]))
	}
	if want := "[2 <nil> 4 <nil> 5 <nil> <nil>10.0.0.0/24]"; code != 1 || fmt.Sprint(got) != want {
		t.Errorf("exit %d, %v; want 1, %s", code, got, want)
	}
}

// TestLongList: the work for a long list grows with its length, not faster.
func TestLongList(t *testing.T) {
	const n = 200_000
	var text strings.Builder
	for i := range n { // every other address, so that nothing merges
		fmt.Fprintf(&text, "10.%d.%d.%d\n", i*2>>16, i*2>>8&255, i*2&255)
	}
	list := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(list, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for verb, want := range map[string]int{"sum": n, "diff": 0} {
		var out, errs bytes.Buffer
		env := &cli.Env{Stdin: strings.NewReader(text.String()), Stdout: &out, Stderr: &errs}
		args := []string{verb, list}
		if verb == "diff" {
			args = append(args, "-")
		}
		if code := cli.Run(t.Context(), command, env, args); code != 0 || strings.Count(out.String(), "\n") != want {
			t.Errorf("%s: exit %d, %d lines, want %d; %s", verb, code, strings.Count(out.String(), "\n"), want, &errs)
		}
	}
}

// TestListInterrupted: a list whose end does not come ends with an interrupt.
func TestListInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, keyboard := io.Pipe()
	defer keyboard.Close()
	go func() {
		io.WriteString(keyboard, "10.0.0.0/8\n")
		io.WriteString(keyboard, "10.0.0.0/8\n") // the first line is read
		cancel()
	}()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: in, Stdout: &out, Stderr: &errs}
	if code := cli.Run(ctx, command, env, []string{"sum", "-"}); code != 1 || out.Len() > 0 || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &out, &errs)
	}
}

// An interrupting writer ends the context with the first thing it is given.
type interrupting struct{ cancel func() }

func (w interrupting) Write(p []byte) (int, error) {
	w.cancel()
	return len(p), nil
}

// TestSplitInterrupted: a list without end ends with the first interrupt.
func TestSplitInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: interrupting{cancel}, Stderr: &errs}
	code := cli.Run(ctx, command, env, []string{"split", "::/0", "/64", "--limit", "1000000000"})
	if code != 1 || errs.String() != "ipinfo: interrupted; parts printed: 1\n" {
		t.Errorf("exit %d, %q", code, &errs)
	}
}

// TestInteropPython compares canonical forms and reverse names with Python's
// ipaddress module, over the borders of all blocks.
func TestInteropPython(t *testing.T) {
	python := interop.Find(t, "python3", "python3")
	var addrs strings.Builder
	for _, b := range ipaddr.Builtin() {
		for _, a := range []string{b.Prefix.Addr().String(), ipaddr.LastAddr(b.Prefix).StringExpanded(), ipaddr.LastAddr(b.Prefix).Next().String()} {
			if a != "invalid IP" {
				addrs.WriteString(a + "\n")
			}
		}
	}
	const script = "import sys, ipaddress\nfor line in sys.stdin:\n a = ipaddress.ip_address(line.strip())\n print(a.exploded, a.reverse_pointer, int(a))\n"
	py := exec.Command(python, "-c", script)
	py.Stdin = strings.NewReader(addrs.String())
	out, err := py.Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, text := range strings.Fields(addrs.String()) {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil {
			t.Fatal(err)
		}
		full := in.Addr.StringExpanded()
		if in.Addr.Is4In6() { // Python writes the last 32 bits in hex
			hex := ipaddr.Hex(in.Addr)
			full = "0000:0000:0000:0000:0000:ffff:" + hex[24:28] + ":" + hex[28:]
		}
		ours := strings.Join([]string{full, ipaddr.ReverseName(in.Addr), ipaddr.Integer(in.Addr).String()}, " ")
		if ours != theirs[i] {
			t.Errorf("%s: we say %s, Python %s", text, ours, theirs[i])
		}
	}
}

// TestInteropGrepcidr counts the lines of each block with grepcidr and with
// classify.
func TestInteropGrepcidr(t *testing.T) {
	grepcidr := interop.Find(t, "grepcidr", "grepcidr")
	var text strings.Builder
	for _, b := range ipaddr.Builtin() {
		if !b.Prefix.Addr().Is4In6() { // grepcidr takes those for IPv4
			text.WriteString(b.Prefix.Addr().StringExpanded() + "\n" + ipaddr.LastAddr(b.Prefix).StringExpanded() + "\n")
		}
	}
	for _, b := range ipaddr.Builtin() {
		if b.Prefix.Addr().Is4In6() {
			continue
		}
		c := exec.Command(grepcidr, "-c", b.Prefix.String())
		c.Stdin = strings.NewReader(text.String())
		out, err := c.Output()
		if err != nil {
			t.Fatalf("grepcidr %s: %v", b.Prefix, err)
		}
		ours := 0
		for _, line := range strings.Fields(text.String()) {
			in, _ := ipaddr.Parse(line, ipaddr.Strict)
			if b.Prefix.Contains(in.Addr) {
				for _, c := range ipaddr.Chain(in.Addr) {
					if c.Prefix == b.Prefix {
						ours++
					}
				}
			}
		}
		if theirs := strings.TrimSpace(string(out)); theirs != strconv.Itoa(ours) {
			t.Errorf("%s: we find %d lines in it, grepcidr %s", b.Prefix, ours, theirs)
		}
	}
}
