package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// descriptors is how many file descriptors a server under test may have.
const descriptors = 64

// A child is a server as a process.
type child struct {
	cmd    *exec.Cmd
	addr   string
	stdout [2]*os.File
	stderr string // a file
	ended  chan error
}

// start runs a command on a free port. A server under test has few descriptors,
// and a stdout that is full from the start and never read.
func start(s server, o options, upstream string, tested bool) (*child, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &child{addr: l.Addr().String(), ended: make(chan error, 1)}
	l.Close()
	args := []string{filepath.Join(o.bin, s.command)}
	for _, a := range s.args {
		args = append(args, strings.NewReplacer("ADDR", c.addr, "UPSTREAM", upstream).Replace(a))
	}
	if tested {
		args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, descriptors)}, args...)
	}
	c.cmd = exec.Command(args[0], args[1:]...)
	errs, err := os.CreateTemp(o.bin, "stderr")
	if err != nil {
		return nil, err
	}
	defer errs.Close()
	c.stderr, c.cmd.Stderr = errs.Name(), errs
	if tested {
		// The runtime then writes its goroutines to stderr once in a while.
		c.cmd.Env = append(os.Environ(), fmt.Sprintf("GODEBUG=schedtrace=%d,scheddetail=1", trace(o).Milliseconds()))
	}
	if tested && o.stall {
		if c.stdout[0], c.stdout[1], err = os.Pipe(); err != nil {
			return nil, err
		}
		c.stdout[1].SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		c.stdout[1].Write(make([]byte, 4<<20)) // more than any pipe holds: now it is full
		c.cmd.Stdout = c.stdout[1]
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.ended <- c.cmd.Wait() }()
	for range 500 { // until it listens
		select {
		case err := <-c.ended:
			return nil, fmt.Errorf("it ended at once: %v; %s", err, c.said())
		case <-time.After(20 * time.Millisecond):
		}
		if nc, err := net.Dial("tcp", c.addr); err == nil {
			nc.Close()
			return c, nil
		}
	}
	c.kill()
	return nil, fmt.Errorf("it does not listen on %s after ten seconds; %s", c.addr, c.said())
}

// trace is how often the runtime writes its goroutines down.
func trace(o options) time.Duration { return max(time.Second, o.length/100) }

func (c *child) kill() {
	c.cmd.Process.Kill()
	for _, f := range c.stdout {
		if f != nil {
			f.Close()
		}
	}
}

// resident returns the memory of the process, in MiB.
func (c *child) resident() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.Atoi(fields[0])
	return float64(kib) / 1024
}

// files returns how many descriptors the process has open.
func (c *child) files() int {
	names, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", c.cmd.Process.Pid))
	return len(names)
}

// goroutines returns how many goroutines of the program there were at the last
// whole trace, and how many traces there are.
func (c *child) goroutines() (n, traces int) {
	f, err := os.Open(c.stderr)
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	count := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "SCHED "):
			n, count = count, 0
			traces++
		case strings.HasPrefix(line, "  G") && !strings.Contains(line, "status=6(") && !runtimes(line):
			count++
		}
	}
	return n, traces - 1
}

// runtimes reports whether a goroutine is the runtime's own: there are more of
// them once memory was collected.
func runtimes(line string) bool {
	for _, why := range []string{"(GC ", "(force gc", "(finalizer", "(cleanup", "(GOMAXPROCS", "(bounded cleanup"} {
		if strings.Contains(line, why) {
			return true
		}
	}
	return false
}

// said returns the last lines of stderr without the traces.
func (c *child) said() string {
	data, _ := os.ReadFile(c.stderr)
	var lines []string
	for line := range bytes.Lines(data) {
		if s := strings.TrimRight(string(line), "\n"); !strings.HasPrefix(s, "SCHED ") && !traceLine(s) {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

func traceLine(s string) bool {
	if len(s) < 4 || s[:2] != "  " || !strings.ContainsRune("PMG", rune(s[2])) {
		return false
	}
	return s[3] >= '0' && s[3] <= '9'
}

// terminate sends SIGTERM and returns how long the process took to end; an
// error if it did not within the limit, or was ended by anything but itself.
func (c *child) terminate(limit time.Duration) (time.Duration, error) {
	began := time.Now()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-c.ended:
	case <-time.After(limit):
		return limit, fmt.Errorf("it runs on %v after SIGTERM", limit)
	}
	took := time.Since(began)
	if code := c.cmd.ProcessState.ExitCode(); code != 0 && code != 1 {
		return took, fmt.Errorf("after SIGTERM: %v", c.cmd.ProcessState)
	}
	return took, nil
}
