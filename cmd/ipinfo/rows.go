package main

import (
	"bytes"
	"strconv"
	"strings"

	"onwire/internal/cli"
)

// A rowRecord is what --json prints of a line of a batch.
type rowRecord struct {
	Input             string `json:"input"`
	Canonical         string `json:"canonical"`
	Version           int    `json:"version"` // 4, 6, or 0
	Prefix            string `json:"prefix"`
	Block             string `json:"block"`
	GloballyReachable string `json:"globally_reachable"`
	Error             string `json:"error"` // why the line is no address; else empty
}

// A jsonRows writes the rows that it is given, with tabs between their
// columns, as objects.
type jsonRows struct {
	env  *cli.Env
	rest []byte // the beginning of a row
}

func (j *jsonRows) Write(p []byte) (int, error) {
	j.rest = append(j.rest, p...)
	for {
		row, rest, whole := bytes.Cut(j.rest, []byte("\n"))
		if !whole {
			j.rest = append(j.rest[:0], row...)
			return len(p), nil
		}
		j.rest = rest
		c := strings.Split(string(row), "\t")
		version, _ := strconv.Atoi(c[2]) // "-" is 0
		r := rowRecord{c[0], c[1], version, c[3], c[4], c[5], ""}
		if r.GloballyReachable == "error" {
			r.Block, r.GloballyReachable, r.Error = "-", "-", c[4]
		}
		if err := j.env.PrintJSON(r); err != nil {
			return 0, err
		}
	}
}
