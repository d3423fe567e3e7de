package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

// run runs a small command and returns its exit code and what it wrote.
func run(t *testing.T, run func(*cli.Env, *cobra.Command, []string) error, stdin string, args ...string) (int, string, string) {
	t.Helper()
	var out, errs strings.Builder
	env := &cli.Env{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs}
	code := cli.Run(t.Context(), func(env *cli.Env) *cobra.Command {
		c := &cobra.Command{Use: "tool WHAT", Args: cobra.MaximumNArgs(2), RunE: func(c *cobra.Command, args []string) error {
			return run(env, c, args)
		}}
		env.StepFlag(c)
		c.Flags().Duration("wait", 0, "")
		c.Flags().Int("times", 0, "")
		c.AddCommand(&cobra.Command{Use: "verb", Args: cobra.NoArgs, RunE: c.RunE})
		c.AddCommand(&cobra.Command{Use: "pair A B...", Args: cobra.MinimumNArgs(2), RunE: c.RunE})
		c.AddCommand(&cobra.Command{Use: "own", Args: func(*cobra.Command, []string) error { return cli.Misuse("yes", "no") }, RunE: c.RunE})
		group := &cobra.Command{Use: "group", Args: cobra.NoArgs, RunE: c.RunE}
		group.AddCommand(&cobra.Command{Use: "verb", RunE: c.RunE})
		c.AddCommand(group)
		return c
	}, env, args)
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	fail := func(err error) func(*cli.Env, *cobra.Command, []string) error {
		return func(*cli.Env, *cobra.Command, []string) error { return err }
	}
	for _, tt := range []struct {
		name   string
		err    error
		args   []string
		code   int
		stderr string
	}{
		{"done", nil, nil, 0, ""},
		{"failed", cli.Failed("try x", "%q is closed", "7"), nil, 1, "tool: \"7\" is closed\nhint: try x\n"},
		{"asked wrongly", cli.Misuse("say y", "no y"), nil, 2, "tool: no y\nhint: say y\n"},
		{"wrapped", fmt.Errorf("more: %w", cli.Misuse("say y", "no y")), nil, 2, "tool: no y\nhint: say y\n"},
		{"plain error", errors.New("broken\nin two"), nil, 1, "tool: broken in two\n"},
		{"silent", cli.Exit(1), nil, 1, ""},
		{"unknown flag", nil, []string{"--nope"}, 2, "tool: unknown flag: --nope\nhint: 'tool --help' lists what there is\n"},
		{"too many", nil, []string{"1", "2", "3"}, 2, "tool: tool takes WHAT; given: \"1\" \"2\" \"3\"\nhint: 'tool --help' lists what there is\n"},
		{"no such verb", nil, []string{"group", "vreb"}, 2, "tool: \"vreb\" is no verb of tool group\nhint: did you mean 'tool group verb'?\n"},
		{"nor like one", nil, []string{"group", "x"}, 2, "tool: \"x\" is no verb of tool group\nhint: 'tool group --help' lists what there is\n"},
		{"near in its length only", nil, []string{"group", "ber"}, 2, "tool: \"ber\" is no verb of tool group\nhint: 'tool group --help' lists what there is\n"},
		{"an empty verb", nil, []string{"group", ""}, 2, "tool: \"\" is no verb of tool group\nhint: 'tool group --help' lists what there is\n"},
		{"a time without a unit", nil, []string{"--wait", "5"}, 2, "tool: invalid argument \"5\" for \"--wait\" flag\nhint: a time has its unit: write --wait 5s for seconds, or 5ms\n"},
		{"no time", nil, []string{"--wait", "long"}, 2, "tool: invalid argument \"long\" for \"--wait\" flag\nhint: write a time with its unit, such as 5s, 300ms or 2m\n"},
		{"no number", nil, []string{"--times", "1.5"}, 2, "tool: invalid argument \"1.5\" for \"--times\" flag\nhint: write a whole number\n"},
		{"full-width digits", nil, []string{"--times", "１２"}, 2, "tool: invalid argument \"１２\" for \"--times\" flag\nhint: that is a full-width or typographic character: write --times 12\n"},
		{"a value for a switch", nil, []string{"--step=x"}, 2, "tool: invalid argument \"x\" for \"--step\" flag\nhint: write --step alone, without a value\n"},
		{"too many for a verb", nil, []string{"verb", "1"}, 2, "tool: verb takes no argument; given: \"1\"\nhint: 'tool verb --help' lists what there is\n"},
		{"too few", nil, []string{"pair", "1"}, 2, "tool: pair takes A B...; given: \"1\"\nhint: 'tool pair --help' lists what there is\n"},
		{"none", nil, []string{"pair"}, 2, "tool: pair takes A B...; given: nothing\nhint: 'tool pair --help' lists what there is\n"},
		{"told already", nil, []string{"own"}, 2, "tool: no\nhint: yes\n"},
		{"colour", nil, []string{"--color=red"}, 2, "tool: --color: \"red\" is not auto, always or never\nhint: colours are auto, always or never\n"},
	} {
		code, _, stderr := run(t, fail(tt.err), "", tt.args...)
		if code != tt.code || stderr != tt.stderr {
			t.Errorf("%s: exit %d, stderr %q; want %d, %q", tt.name, code, stderr, tt.code, tt.stderr)
		}
	}
}

func TestFlagsMayFollowArguments(t *testing.T) {
	code, out, _ := run(t, func(env *cli.Env, _ *cobra.Command, args []string) error {
		return env.PrintJSON(map[string]any{"json": env.JSON, "args": args, "html": "<&>"})
	}, "", "10.0.0.1/8", "--json")
	if want := `{"args":["10.0.0.1/8"],"html":"<&>","json":true}` + "\n"; code != 0 || out != want {
		t.Errorf("exit %d, %q; want 0, %q", code, out, want)
	}
}

func TestPause(t *testing.T) {
	steps := func(env *cli.Env, _ *cobra.Command, _ []string) error {
		for range 3 {
			env.Pause()
		}
		return nil
	}
	if _, _, stderr := run(t, steps, "\n\n\n"); stderr != "" {
		t.Errorf("without --step, Pause wrote %q", stderr)
	}
	if _, _, stderr := run(t, steps, "\n", "--step"); strings.Count(stderr, "-- Enter --") != 3 {
		t.Errorf("with --step and one line of input, Pause wrote %q; want three prompts and no hang", stderr)
	}
}

// interrupter ends the context once a text was written to it.
type interrupter struct {
	strings.Builder
	after  string
	cancel func()
}

func (w *interrupter) Write(p []byte) (int, error) {
	n, err := w.Builder.Write(p)
	if strings.HasSuffix(w.String(), w.after) {
		w.cancel()
	}
	return n, err
}

// TestPauseInterrupted: whoever is asked for Enter may also say that it is
// enough.
func TestPauseInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	nobody, keyboard := io.Pipe()
	defer keyboard.Close()
	var out strings.Builder
	errs := &interrupter{after: "-- Enter --", cancel: cancel}
	env := &cli.Env{Stdin: nobody, Stdout: &out, Stderr: errs}
	code := cli.Run(ctx, func(env *cli.Env) *cobra.Command {
		c := &cobra.Command{Use: "tool", RunE: func(*cobra.Command, []string) error {
			for range 3 {
				env.Screen().Printf("line\n")
				env.Pause()
			}
			return nil
		}}
		env.StepFlag(c)
		return c
	}, env, []string{"--step"})
	if code != 1 || out.String() != "line\n" || errs.String() != "-- Enter --\ntool: interrupted\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &out, errs)
	}
}

// fullDisk takes a few bytes and then fails as a full disk does.
type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.left {
		return 0, syscall.ENOSPC
	}
	d.left -= len(p)
	return len(p), nil
}

// TestInterruptedRead: a file that was not read to its end because of Ctrl-C is
// not one that cannot be read.
func TestInterruptedRead(t *testing.T) {
	silent, _ := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	env := &cli.Env{Stdin: silent}
	in, err := env.Open(ctx, "-")
	if err != nil {
		t.Fatal(err)
	}
	interrupt()
	_, err = io.ReadAll(in)
	for _, err := range []error{err, ctx.Err()} {
		if told := cli.CannotRead("x", err); told.Error() != `interrupted while "x" was read` {
			t.Errorf("%v is told as %v", err, told)
		}
	}
}

func TestOutputFails(t *testing.T) {
	var errs strings.Builder
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &fullDisk{10}, Stderr: &errs}
	code := cli.Run(context.Background(), func(env *cli.Env) *cobra.Command {
		return &cobra.Command{Use: "tool", RunE: func(c *cobra.Command, _ []string) error {
			for c.Context().Err() == nil { // ends only because the write error ends the context
				env.Screen().Printf("line\n")
			}
			return nil
		}}
	}, env, nil)
	if want := "tool: cannot write the output: no space left on device\nhint: free some space, or write elsewhere\n"; code != 1 || errs.String() != want {
		t.Errorf("exit %d, stderr %q; want 1, %q", code, errs.String(), want)
	}
}

// TestSceneEvent: the scene stands before the event's own keys, and is JSON
// whatever is in it.
func TestSceneEvent(t *testing.T) {
	got, err := json.Marshal(cli.SceneEvent{Scene: "a \x01 \"scene\""})
	if err != nil || !strings.HasPrefix(string(got), `{"scene":"a \u0001 \"scene\"","t_us":0,`) {
		t.Errorf("json.Marshal(SceneEvent) = %s, %v", got, err)
	}
}

// TestAddrTypos: an input method writes characters that only look right, so the
// error names them, and the hint is what to type.
func TestAddrTypos(t *testing.T) {
	for in, want := range map[string]string{
		"：7007":           ":7007",
		"127.0.0.1:７００７":  "127.0.0.1:7007",
		"127。0。0。1:7007":  "127.0.0.1:7007",
		"localhost：7007":  "localhost:7007",
		"［::1］:7007":      "[::1]:7007",
		"127.0.0.1:7007 ": "", // no such character
		"例子.cn:7007":      "",
	} {
		_, err := cli.Addr(in, "127.0.0.1:7007")
		message, hint := "", ""
		if err != nil {
			message, hint = cli.Parts(err)
		}
		if want == "" {
			if strings.Contains(message, "full-width") {
				t.Errorf("%q: %s", in, message)
			}
			continue
		}
		if !strings.Contains(message, "full-width") || hint != "write "+want {
			t.Errorf("%q: %q, hint %q; want it to write %q", in, message, hint, want)
		}
	}
}
