package ipaddr

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data
var data embed.FS

// The files with blocks. The first line of each names its source and date.
var registryFiles = []string{
	"data/iana-ipv4-special-registry-1.csv",
	"data/iana-ipv6-special-registry-1.csv",
	"data/more-blocks.csv",
}

// A Registry is a list of blocks, IPv4 before IPv6, and a block before those
// inside it.
type Registry []Block

// Builtin returns the embedded registry. It is parsed at the first call.
var Builtin = sync.OnceValue(func() Registry {
	meanings := make(map[netip.Prefix]string)
	for _, row := range embeddedTSV("data/meanings.tsv", 2) {
		meanings[netip.MustParsePrefix(row[0])] = row[1]
	}
	var all Registry
	for _, name := range registryFiles {
		f, err := data.Open(name)
		if err != nil {
			panic(err) // it is embedded
		}
		blocks, err := ParseRegistry(f)
		if err != nil {
			panic(name + ": " + err.Error()) // a test reads every file
		}
		all = append(all, blocks...)
	}
	for i := range all {
		all[i].Meaning = meanings[all[i].Prefix]
	}
	all.sort()
	return all
})

// embeddedTSV reads an embedded table of tab-separated columns below a first
// line with its source.
func embeddedTSV(name string, columns int) [][]string {
	text, err := data.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		row := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if strings.HasPrefix(line, "#") || len(row) < columns {
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

func (r Registry) sort() {
	slices.SortFunc(r, func(a, b Block) int {
		if d := a.Prefix.Addr().Compare(b.Prefix.Addr()); d != 0 {
			return d
		}
		return a.Prefix.Bits() - b.Prefix.Bits()
	})
}

// ParseRegistry reads a special-purpose address registry in IANA's own CSV
// columns, with or without a line of ours above ("# source and date").
func ParseRegistry(r io.Reader) (Registry, error) {
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, err
	}
	source := ""
	if line, rest, found := strings.Cut(string(text), "\n"); found && strings.HasPrefix(line, "#") {
		source, text = strings.TrimSpace(strings.TrimPrefix(line, "#")), []byte(rest)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || len(rows[0]) != 10 || rows[0][0] != "Address Block" {
		return nil, errors.New(`the first row is not that of IANA's special-purpose registries, "Address Block,Name,RFC,..."`)
	}
	if len(rows) == 1 {
		return nil, errors.New("there is no row below the heading")
	}
	var blocks Registry
	for i, row := range rows[1:] {
		parsed, err := parseRow(row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		for _, b := range parsed {
			b.Registry = source
			blocks = append(blocks, b)
		}
	}
	return blocks, nil
}

// footnote matches a registry's footnote mark: "192.0.0.0/24 [2]".
var footnote = regexp.MustCompile(`\s*\[(\d+)\]`)

// parseRow reads one row, which may name several prefixes in its first cell.
func parseRow(row []string) ([]Block, error) {
	b := Block{Name: row[1], References: references(row[2]), Allocated: row[3]}
	var marks []string
	cell := func(s string) string {
		for _, m := range footnote.FindAllStringSubmatch(s, -1) {
			marks = append(marks, m[1])
		}
		return strings.TrimSpace(footnote.ReplaceAllString(s, ""))
	}
	addresses := cell(row[0])
	b.Terminated = cell(row[4])
	for i, flag := range []*Flag{&b.Source, &b.Destination, &b.Forwardable, &b.GloballyReachable, &b.Reserved} {
		switch s := cell(row[5+i]); s {
		case "":
		case "True":
			*flag = True
		case "False":
			*flag = False
		case "N/A":
			*flag = NotApplicable
		default:
			return nil, fmt.Errorf("column %d is %q, not True, False, N/A or blank", 6+i, s)
		}
	}
	slices.Sort(marks)
	for _, m := range slices.Compact(marks) {
		n, _ := strconv.Atoi(m) // digits, by the pattern
		b.Footnotes = append(b.Footnotes, n)
	}
	var blocks []Block
	for _, s := range strings.Split(addresses, ",") {
		s = strings.TrimSpace(s)
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, err
		}
		if p != p.Masked() {
			return nil, fmt.Errorf("%s has host bits set", p)
		}
		b.Prefix, b.Text = p, s
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// reference matches one bracketed reference and the text that belongs to it:
// "[RFC8880][RFC7050], Section 2.2" are two.
var reference = regexp.MustCompile(`\[([^\]]+)\]([^\[]*)`)

func references(cell string) []string {
	var found []string
	for _, m := range reference.FindAllStringSubmatch(cell, -1) {
		found = append(found, m[1]+strings.TrimRight(m[2], " \n\t"))
	}
	return found
}

// Chain returns the blocks that hold an address, the smallest first. The zone
// does not count.
func Chain(a netip.Addr) []Block {
	return Builtin().holding(netip.PrefixFrom(a.WithZone(""), width(a)))
}

// holding returns the blocks that hold all of p, the smallest first.
func (r Registry) holding(p netip.Prefix) []Block {
	var found []Block
	for _, b := range r {
		if b.Prefix.Bits() <= p.Bits() && b.Prefix.Contains(p.Addr()) {
			found = append(found, b)
		}
	}
	slices.Reverse(found) // sorted, so a block comes before those inside it
	return found
}

// Blocks returns the blocks that hold all of a range, the smallest first, and
// those that hold only a part of it, in order.
func Blocks(r Range) (whole, part []Block) {
	whole = Builtin().holding(r.Cover())
	for _, b := range Builtin() {
		in := RangeOf(b.Prefix)
		if width(in.First) != width(r.First) || in.Last.Less(r.First) || r.Last.Less(in.First) {
			continue
		}
		if !in.Contains(r) {
			part = append(part, b)
		}
	}
	return whole, part
}
