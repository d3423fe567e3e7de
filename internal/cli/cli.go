// Package cli is what all commands of onwire share: the flags --json, --color
// and --step, the way in which errors are told, the exit codes.
//
// The rules of every command:
//
//   - Results go to stdout, everything else to stderr.
//   - An error is one line, "NAME: what is wrong", and a line "hint: what to do".
//   - Exit 0 is done, 1 the answer is no or something failed, 2 asked wrongly.
//   - Colour only on a terminal, never with NO_COLOR, always as --color says.
package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// An Env is what a command has around it: its streams and the shared flags.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	JSON bool // --json: one JSON object a line instead of a screen

	color   string
	step    bool
	out     *output
	screen  *term.Screen
	lines   *bufio.Reader // Stdin, for Pause
	done    <-chan struct{}
	asked   string // the command or verb: "ipinfo split"
	started bool   // the arguments were understood
}

// Main runs a command with the arguments and streams of the process, and
// exits with its code.
func Main(build func(*Env) *cobra.Command) {
	env := &Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(Run(context.Background(), build, env, os.Args[1:]))
}

// Run runs a command and returns its exit code. An interrupt, or an output
// that takes no more, ends the context of the command.
func Run(ctx context.Context, build func(*Env) *cobra.Command, env *Env, args []string) int {
	brokenPipeIsAnError()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	env.out, env.done = &output{w: env.Stdout, failed: cancel}, ctx.Done()

	root := build(env)
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.out)
	root.SetErr(env.Stderr)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentFlags().BoolVar(&env.JSON, "json", false, "one JSON object a line")
	root.PersistentFlags().StringVar(&env.color, "color", "auto", "colour: auto, always or never")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		screen, err := term.New(env.Stdout, env.color)
		if err != nil {
			return Misuse("colours are auto, always or never", "--color: %v", err)
		}
		screen.Writer = env.out
		env.out.json = env.JSON
		env.screen, env.started = screen, true
		return nil
	}
	root.SetFlagErrorFunc(wrongFlag)
	tellArgs(root)
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		if screen, err := term.New(env.Stdout, "never"); err == nil {
			flags := fmt.Sprintf(".FlagUsagesWrapped %d ", screen.Width)
			root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", flags))
		}
		help(c, args)
	})
	asked, err := root.ExecuteContextC(ctx)
	env.asked = asked.CommandPath()
	if failed := env.out.failure(); failed != nil { // more than the command itself may have noticed
		err = cannotWrite(failed)
	}
	if err == nil || ctx.Err() == nil {
		return env.report(root.Name(), err)
	}
	// A command that was told to end must end, even where the terminal of
	// stderr is stalled.
	code := make(chan int, 1)
	go func() { code <- env.report(root.Name(), err) }()
	select {
	case c := <-code:
		return c
	case <-time.After(lastWords):
		return env.told(err).Code
	}
}

// lastWords is how long a command that was interrupted waits for a terminal to
// take its error.
const lastWords = time.Second

// StepFlag gives a command the flag --step.
func (e *Env) StepFlag(c *cobra.Command) {
	c.Flags().BoolVar(&e.step, "step", false, "wait for Enter between the steps, for a projector")
}

// Screen returns the screen on stdout.
func (e *Env) Screen() *term.Screen { return e.screen }

// Out returns stdout as a plain writer that remembers its first error.
func (e *Env) Out() io.Writer { return e.out }

// OutErr returns the error that ended stdout, if it has ended.
func (e *Env) OutErr() error { return e.out.failure() }

// PrintJSON writes v as one line.
func (e *Env) PrintJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// Pause waits for Enter if --step is set; at the end of stdin it goes on. An
// interrupt ends the wait, and nothing is printed after it.
func (e *Env) Pause() {
	if !e.step || e.out.failure() != nil {
		return
	}
	if e.lines == nil {
		e.lines = bufio.NewReader(e.Stdin)
	}
	fmt.Fprint(e.Stderr, "-- Enter --")
	entered := make(chan error, 1)
	go func() {
		_, err := e.lines.ReadString('\n')
		entered <- err
	}()
	select {
	case err := <-entered:
		if err != nil || !term.IsTerminal(e.Stdin) {
			fmt.Fprintln(e.Stderr) // nobody else has ended the line
		}
	case <-e.done:
		fmt.Fprintln(e.Stderr)
		e.out.fail(errInterrupted)
	}
}

// Hold keeps what is printed back until Release, but for what grows past
// 32 KiB: many lines are then one write.
func (e *Env) Hold() { e.out.hold = true }

// Release prints what was kept back since Hold.
func (e *Env) Release() {
	e.out.hold = false
	e.out.flush()
}

// An output is a writer that keeps its first error and reports it to failed.
// One goroutine writes; any goroutine may ask for the error.
type output struct {
	w      io.Writer
	json   bool // escape what a terminal must not be sent
	err    atomic.Pointer[error]
	failed func(error)
	hold   bool
	held   []byte
}

const maxHeld = 32 << 10

func (o *output) Write(p []byte) (int, error) {
	n := len(p)
	if o.json {
		p = wire.EscapeJSON(p)
	}
	if o.hold {
		if o.held = append(o.held, p...); len(o.held) >= maxHeld {
			o.flush()
		}
	} else {
		o.write(p)
	}
	if err := o.failure(); err != nil {
		return 0, err
	}
	return n, nil
}

func (o *output) write(p []byte) {
	if o.failure() != nil {
		return
	}
	if _, err := o.w.Write(p); err != nil {
		o.fail(err)
		o.failed(err)
	}
}

func (o *output) flush() {
	if len(o.held) > 0 {
		o.write(o.held)
	}
	o.held = o.held[:0]
}

func (o *output) fail(err error) { o.err.CompareAndSwap(nil, &err) }

func (o *output) failure() error {
	if err := o.err.Load(); err != nil {
		return *err
	}
	return nil
}

// An Error is what a command tells its user, and the code it exits with.
type Error struct {
	Code    int
	Message string // one line, quoting the input
	Hint    string // what to do about it
	Cause   error  // what lies behind it, for errors.As; may be nil
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Cause }

// Failed returns an error that exits with 1: the answer is no, or it could not
// be had.
func Failed(hint, format string, args ...any) error {
	return &Error{Code: 1, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// Misuse returns an error that exits with 2: the command was asked wrongly.
func Misuse(hint, format string, args ...any) error {
	return &Error{Code: 2, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// Exit returns an error that exits with code and says nothing, for a command
// that has already said it.
func Exit(code int) error { return &Error{Code: code} }

func cannotWrite(err error) error {
	switch {
	case errors.Is(err, syscall.EPIPE):
		return Exit(1) // the reader of the pipe has gone, and knows it
	case errors.Is(err, errInterrupted):
		return Failed("", "interrupted")
	}
	return Failed("free some space, or write elsewhere", "cannot write the output: %v", Cause(err))
}

// Cause returns the reason inside the error of a file, "no such file or
// directory", without the operation and the path; a message has the path
// already, and "/dev/stdout" tells nobody anything. Other errors are returned
// as they are.
func Cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Report writes err to stderr as a command tells its errors, and goes on; for
// commands that take several inputs.
func (e *Env) Report(name string, err error) { e.report(name, err) }

func (e *Env) report(name string, err error) int {
	if err == nil {
		return 0
	}
	told := e.told(err)
	if told.Message != "" {
		fmt.Fprintf(e.Stderr, "%s: %s\n", name, oneLine(told.Message))
	}
	if told.Hint != "" {
		fmt.Fprintf(e.Stderr, "hint: %s\n", oneLine(told.Hint))
	}
	return told.Code
}

// oneLine keeps a message on one line, whatever it quotes.
func oneLine(s string) string {
	return wire.Escape(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(s))
}

// told returns err as an Error, with the code and hint that fit where it is
// none.
func (e *Env) told(err error) *Error {
	var told *Error
	switch {
	case errors.As(err, &told):
		return told
	case e.started:
		return &Error{Code: 1, Message: err.Error()}
	}
	// cobra did not understand the arguments
	return &Error{Code: 2, Message: err.Error(), Hint: helpHint(e.asked)}
}

// Parts returns what err tells and its hint, for a command that puts it into a
// sentence of its own.
func Parts(err error) (message, hint string) {
	var told *Error
	if errors.As(err, &told) {
		return told.Message, told.Hint
	}
	return err.Error(), ""
}
