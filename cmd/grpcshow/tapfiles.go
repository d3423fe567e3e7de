package main

import (
	"os"

	"onwire/internal/cli"
	"onwire/internal/tap"
)

// tapFiles are the files that a tap writes. One that takes no more ends with a
// whole line or packet, and is told once, at once; the bytes go on passing.
type tapFiles struct {
	list []*tapFile
	tell func(error)
}

type tapFile struct {
	flag string // --pcap FILE
	name string
	*tap.File
	write func(tap.Event) error
	flush func() error // what the format keeps back goes to File
	told  bool
}

// createFiles makes the files that the options name. tell is told of each that
// ends early.
func createFiles(o tapOptions, tell func(error)) (*tapFiles, error) {
	ignoreFileSizeSignal()
	all := &tapFiles{tell: tell}
	for _, f := range []*tapFile{{flag: "--record", name: o.record}, {flag: "--pcap", name: o.pcap}} {
		if f.name == "" {
			continue
		}
		err := f.create()
		if err != nil {
			all.close()
			return nil, cli.Failed("choose a place where you may write, and where there is room", "%s %s: %v", f.flag, f.name, cli.Cause(err))
		}
		all.list = append(all.list, f)
	}
	return all, nil
}

func (f *tapFile) create() (err error) {
	if f.File, err = tap.CreateFile(f.name); err != nil {
		return err
	}
	if f.flag == "--record" {
		r := tap.NewRecorder(f.File)
		f.write, f.flush = r.Write, r.Flush
		return nil
	}
	c, err := tap.NewCapture(f.File, "onwire grpcshow tap")
	if err == nil {
		f.write, f.flush = c.Write, c.Flush
		err = c.Flush()
	}
	f.End() // the head of the file
	if err == nil {
		err = f.File.Flush()
	}
	if err != nil {
		f.Close()
	}
	return err
}

// add adds an event to the files.
func (t *tapFiles) add(e tap.Event) {
	for _, f := range t.list {
		if f.Err() != nil {
			continue
		}
		f.write(e) // its error is that of the File
		f.flush()
		f.End()
		t.check(f, f.Err())
	}
}

// idle writes what is kept back, when there is time.
func (t *tapFiles) idle() {
	for _, f := range t.list {
		t.check(f, f.Flush())
	}
}

func (f *tapFile) Flush() error { return f.File.Flush() }

// check tells of a file that has ended.
func (t *tapFiles) check(f *tapFile, err error) {
	if err == nil || f.told {
		return
	}
	f.told = true
	what := "line"
	if f.flag == "--pcap" {
		what = "packet"
	}
	t.tell(cli.Failed("free some space and start tap again", "%s %s: %v; the file ends after its last whole %s, and the calls go on", f.flag, f.name, cli.Cause(err), what))
}

// close writes out what is kept back, and reports whether all was written.
func (t *tapFiles) close() (whole bool) {
	whole = true
	for _, f := range t.list {
		err := f.Close()
		t.check(f, err)
		whole = whole && err == nil
	}
	return whole
}

// sameFile reports whether two names are one file.
func sameFile(a, b string) bool {
	if a == b {
		return a != ""
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && x.Mode().IsRegular() && os.SameFile(x, y)
}
