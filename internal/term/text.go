package term

import (
	"fmt"
	"strings"

	"onwire/wire"
)

// Pad returns text followed by spaces up to the given number of columns.
func Pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-Columns(text)))
}

// Count returns "1 byte" or "2 bytes": n, and what in the singular or plural.
func Count[N int | int64 | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Wrap breaks text at spaces so that it fits the Screen beside an indent, and
// indents every line but the first, as wire.Wrap does. The first line starts
// where the caller has already written something indent columns wide.
func (s *Screen) Wrap(indent int, text string) string {
	width := max(20, s.Width-indent)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wire.Wrap(strings.TrimRight(line, " "), width, Columns)...)
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", indent))
}

// Table writes rows in columns as wide as their widest cell, two spaces apart.
// The last column is wrapped to the Screen; the others are never cut. The
// first row is a heading, painted dim, unless it is nil.
func (s *Screen) Table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Columns(cell))
		}
	}
	for n, row := range rows {
		line, columns := "", 0
		for i, cell := range row {
			style := Plain
			if n == 0 {
				style = Dim
			}
			if i == len(row)-1 {
				line += s.Paint(style, s.Wrap(columns, cell))
				break
			}
			line += s.Paint(style, Pad(cell, widths[i])) + "  "
			columns += widths[i] + 2
		}
		if len(row) > 0 {
			s.Printf("%s\n", strings.TrimRight(line, " "))
		}
	}
}
