// Soak treats every server of this repository badly for a while, each as a
// process of its own with 64 file descriptors and a stdout that takes nothing,
// and then looks whether it is as it was:
//
//	go run ./bench/soak --for 10m
//
// 40 clients come and go at each server: good ones, and ones that reset, close
// half, send garbage or a part of a request, pipeline and never read. The table
// says for each server whether it lives and answers, whether its memory is flat
// (the last quarter beside the first), whether its descriptors and goroutines
// are back to the start, and whether SIGTERM ended it in time. The exit code is 1
// if one fails. It reads /proc, so it needs Linux.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

type options struct {
	length  time.Duration
	clients int
	seed    uint64
	stall   bool   // stdout is full
	bin     string // where the commands are
}

func main() {
	var o options
	var only string
	flag.DurationVar(&o.length, "for", 10*time.Minute, "how long the clients come and go")
	flag.IntVar(&o.clients, "clients", 40, "clients at once, for each server")
	flag.Uint64Var(&o.seed, "seed", 1, "the same seed, the same clients in the same order")
	flag.BoolVar(&o.stall, "stall", true, "the servers' stdout is full and never read; else it is /dev/null")
	flag.StringVar(&only, "only", "", "the servers whose names contain this")
	flag.Parse()
	log.SetOutput(io.Discard) // net/http's remarks about connections that the server closed
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := soak(ctx, o, only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

// soak runs all servers at the same time and prints the table.
func soak(ctx context.Context, o options, only string) (failed bool, err error) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		return false, fmt.Errorf("this needs Linux: %w", err)
	}
	if o.bin, err = os.MkdirTemp("", "soak"); err != nil {
		return false, err
	}
	defer os.RemoveAll(o.bin)
	var names []string
	all := slices.DeleteFunc(servers(), func(s server) bool { return !strings.Contains(s.name, only) })
	for _, s := range all {
		names = append(names, "./cmd/"+s.command)
	}
	if len(names) == 0 {
		return false, fmt.Errorf("no server's name contains %q", only)
	}
	slices.Sort(names)
	build := exec.CommandContext(ctx, "go", append([]string{"build", "-o", o.bin + string(filepath.Separator)}, slices.Compact(names)...)...)
	if out, err := build.CombinedOutput(); err != nil {
		return false, fmt.Errorf("go build: %w\n%s", err, out)
	}
	results := make([]result, len(all))
	var group sync.WaitGroup
	for i, s := range all {
		group.Go(func() { results[i] = run(ctx, s, o) })
	}
	group.Wait()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	print(results)
	return slices.ContainsFunc(results, func(r result) bool { return len(r.wrong) > 0 }), nil
}

func print(results []result) {
	const row = "%-16s %8s %8s %15s %11s %11s %9s  %s\n"
	fmt.Printf(row, "server", "clients", "answered", "MiB first last", "descriptors", "goroutines", "SIGTERM", "")
	for _, r := range results {
		verdict := "ok"
		if len(r.wrong) > 0 {
			verdict = "FAILS"
		}
		fmt.Printf(row, r.name, fmt.Sprint(r.clients), fmt.Sprint(r.answered),
			fmt.Sprintf("%.1f -> %.1f", r.first, r.last), fmt.Sprintf("%d -> %d", r.files[0], r.files[1]),
			fmt.Sprintf("%d -> %d", r.goroutines[0], r.goroutines[1]), fmt.Sprintf("%.1f s", r.ended.Seconds()), verdict)
	}
	for _, r := range results {
		for _, w := range r.wrong {
			fmt.Printf("\n%s: %s\n", r.name, w)
		}
		if len(r.wrong) > 0 && r.said != "" {
			fmt.Printf("its stderr ends:\n%s\n", r.said)
		}
	}
}
