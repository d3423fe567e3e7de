// Package term is what the commands know about the terminal: whether to
// colour, how wide it is, how to set text in columns. Widths count a Chinese
// character as two columns. lipgloss is used here and nowhere else.
package term

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"onwire/wire"

	"charm.land/lipgloss/v2"
	xterm "golang.org/x/term"
)

// A Screen writes text for a person to read. The zero Screen is not usable;
// call New.
type Screen struct {
	io.Writer
	Color bool // whether Paint colours
	Width int  // columns; 80 where there is no terminal
}

// Styles are the ways in which a Screen paints. They use the terminal's own 16
// colours, so that they follow its theme; none carries a meaning that the text
// does not carry too.
type Style int

const (
	Plain  Style = iota
	Bold         // headings, the answer
	Dim          // the less important
	Red          // an error, a loss
	Green        // the network part, success
	Yellow       // the host part, a warning
	Blue         // names
	Cyan         // bytes and bits
)

var styles = [...]lipgloss.Style{
	Plain:  lipgloss.NewStyle(),
	Bold:   lipgloss.NewStyle().Bold(true),
	Dim:    lipgloss.NewStyle().Faint(true),
	Red:    lipgloss.NewStyle().Foreground(lipgloss.Red),
	Green:  lipgloss.NewStyle().Foreground(lipgloss.Green),
	Yellow: lipgloss.NewStyle().Foreground(lipgloss.Yellow),
	Blue:   lipgloss.NewStyle().Foreground(lipgloss.Blue),
	Cyan:   lipgloss.NewStyle().Foreground(lipgloss.Cyan),
}

// New returns a Screen on w. The mode is "always", "never", or "auto": colour
// where w is a terminal that can show it and NO_COLOR is empty or unset
// (no-color.org). Any other mode is an error.
func New(w io.Writer, mode string) (*Screen, error) {
	s := &Screen{Writer: w, Width: 80}
	f, tty := terminal(w)
	if tty {
		if columns, _, err := xterm.GetSize(int(f.Fd())); err == nil && columns > 0 {
			s.Width = columns
		}
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		s.Width = columns
	}
	s.Width = min(max(s.Width, 40), 120)
	switch mode {
	case "always":
		s.Color = true
	case "never":
	case "auto":
		s.Color = tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	default:
		return nil, fmt.Errorf("%q is not auto, always or never", mode)
	}
	if s.Color && tty {
		lipgloss.EnableLegacyWindowsANSI(f)
	}
	return s, nil
}

// terminal returns the file behind w if w is a terminal.
func terminal(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	return f, ok && xterm.IsTerminal(int(f.Fd()))
}

// IsTerminal reports whether a stream, a reader or a writer, is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Paint returns text in the given style, or as it is where there is no colour.
func (s *Screen) Paint(style Style, text string) string {
	if !s.Color || style == Plain || text == "" {
		return text
	}
	// Render sets several lines as a block, padded to the widest: give it one
	// line at a time.
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = styles[style].Render(line)
		}
	}
	return strings.Join(lines, "\n")
}

// Printf writes to the Screen. The commands give it a writer that keeps its
// first error, so that nobody has to look at it line by line.
func (s *Screen) Printf(format string, args ...any) { fmt.Fprintf(s.Writer, format, args...) }

// FieldView returns the view that draws a message and its fields here.
func (s *Screen) FieldView() wire.View {
	paint := map[wire.Role]Style{
		wire.RoleOffset: Dim, wire.RoleBytes: Cyan, wire.RoleName: Blue, wire.RoleValue: Plain, wire.RoleNote: Plain,
	}
	return wire.View{
		Width:   s.Width,
		Paint:   func(r wire.Role, text string) string { return s.Paint(paint[r], text) },
		Measure: Columns,
	}
}

// Columns returns how many columns the text takes, colours not counted.
func Columns(text string) int { return lipgloss.Width(text) }
