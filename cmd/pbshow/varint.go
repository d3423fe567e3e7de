package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"onwire/internal/cli"
	"onwire/ipaddr"
	"onwire/pbwire"

	"github.com/spf13/cobra"
)

func varintCommand(env *cli.Env) *cobra.Command {
	var decode bool
	c := &cobra.Command{
		Use:   "varint N",
		Short: "Show a number as a varint, and in the other forms of Protobuf",
		Example: `  pbshow varint 300
  pbshow varint -1
  pbshow varint --decode ac 02`,
		// -1 is a number here, and would be a flag: Args reads the flags.
		DisableFlagParsing: true,
		Args:               numbersAndFlags,
		RunE: func(c *cobra.Command, _ []string) error {
			args := c.Flags().Args()
			if help, err := c.Flags().GetBool("help"); err == nil && help {
				return c.Help()
			}
			if decode {
				return decodeVarint(env, strings.Join(args, " "))
			}
			if len(args) > 1 {
				return cli.Misuse("one number; --decode takes bytes", "%d numbers", len(args))
			}
			v, negative, err := parseNumber(args[0])
			if err != nil {
				return err
			}
			return showVarint(env, pbwire.AppendVarint(nil, v), v, forms(v, negative), nil)
		},
	}
	c.Flags().BoolVar(&decode, "decode", false, "the argument is the bytes of a varint, in hex")
	return c
}

// numbersAndFlags parses the flags of c, but takes what starts with a minus
// and a digit as an argument.
func numbersAndFlags(c *cobra.Command, args []string) error {
	var flags, numbers []string
	for i, a := range args {
		if a == "--" { // what follows is no flag anyway
			numbers = append(numbers, args[i+1:]...)
			break
		}
		if len(a) > 1 && a[0] == '-' && a[1] >= '0' && a[1] <= '9' {
			numbers = append(numbers, a)
		} else {
			flags = append(flags, a)
		}
	}
	c.DisableFlagParsing = false
	if err := c.ParseFlags(append(append(flags, "--"), numbers...)); err != nil {
		return c.FlagErrorFunc()(c, err)
	}
	if help, err := c.Flags().GetBool("help"); err == nil && help {
		return nil // no number is needed
	}
	if c.Flags().NArg() == 0 { // the args that came may be flags
		return cli.Misuse("'pbshow varint --help' lists what there is", "varint takes N; given: nothing")
	}
	return nil
}

// parseNumber reads an integer of 64 bits, signed or not, in decimal, 0x, 0o
// or 0b.
func parseNumber(s string) (v uint64, negative bool, err error) {
	base := 0
	if strings.Trim(s, "+-0123456789") == "" {
		base = 10 // 010 is ten
	}
	if i, err := strconv.ParseInt(s, base, 64); err == nil {
		return uint64(i), i < 0, nil
	}
	if v, err := strconv.ParseUint(s, base, 64); err == nil {
		return v, false, nil
	}
	if typo, right, ok := ipaddr.FindTypo(s); ok {
		if _, _, err := parseNumber(right); err == nil {
			return 0, false, cli.Misuse("write "+right, "%q is not a number: %s", s, typo)
		}
	}
	return 0, false, cli.Misuse("an integer from -9223372036854775808 to 18446744073709551615, as 300 or 0x12c", "%q is not a number of 64 bits", s)
}

func decodeVarint(env *cli.Env, digits string) error {
	b, err := parseHex(digits)
	if err != nil {
		return err
	}
	v, n, err := pbwire.Varint(b)
	if errors.Is(err, pbwire.ErrVarint) {
		return cli.Failed("a varint has at most ten bytes, and 64 bits", "%v", err)
	}
	if err != nil {
		return cli.Failed("the last byte of a varint is below 80", "%v", err)
	}
	if n < len(b) {
		return cli.Failed(fmt.Sprintf("bytes %d and on are not part of it; 'pbshow raw' reads messages", n), "the varint ends after %s, and %d more are there", byteCount(n), len(b)-n)
	}
	return showVarint(env, b, v, forms(v, false), pbwire.Readings(pbwire.Record{Type: pbwire.VARINT, Value: v}))
}

// A form is one of the ways in which a number can be stored.
type form struct {
	As    string `json:"as"`
	Value string `json:"value"` // the number that these bytes mean
	Hex   string `json:"hex"`
	Bytes int    `json:"bytes"`
}

// forms returns the ways to store v, whose bits are those of a negative number
// if negative is set.
func forms(v uint64, negative bool) []form {
	value := strconv.FormatUint(v, 10)
	if negative {
		value = strconv.FormatInt(int64(v), 10)
	}
	var list []form
	add := func(b []byte, kinds ...string) {
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return !holds(k, v, negative) })
		if len(kinds) > 0 {
			list = append(list, form{strings.Join(kinds, ", "), value, hex.EncodeToString(b), len(b)})
		}
	}
	add(pbwire.AppendVarint(nil, v), "int32", "int64", "uint32", "uint64")
	add(pbwire.AppendVarint(nil, pbwire.ZigZag(int64(v))), "sint32", "sint64")
	add(pbwire.AppendFixed32(nil, uint32(v)), "fixed32", "sfixed32")
	add(pbwire.AppendFixed64(nil, v), "fixed64", "sfixed64")
	return list
}

// holds reports whether a type has the number v.
func holds(kind string, v uint64, negative bool) bool {
	signed := int64(v)
	switch kind {
	case "int32", "sint32", "sfixed32":
		return signed >= math.MinInt32 && signed <= math.MaxInt32 && negative == (signed < 0)
	case "int64", "sint64", "sfixed64":
		return negative == (signed < 0)
	case "uint32", "fixed32":
		return !negative && v <= math.MaxUint32
	}
	return !negative // uint64, fixed64
}

// showVarint draws b, which is the varint of v: with the ways to store the
// number, or if b was given, with what it can be read as.
func showVarint(env *cli.Env, b []byte, v uint64, store []form, read []pbwire.Reading) error {
	value := store[0].Value
	if env.JSON {
		return env.PrintJSON(struct {
			Hex      string           `json:"hex"`
			Value    string           `json:"value"`
			Forms    []form           `json:"forms"`
			Readings []pbwire.Reading `json:"readings,omitempty"`
		}{hex.EncodeToString(b), value, store, read})
	}
	s := env.Screen()
	negative := value[0] == '-'
	if negative {
		s.Printf("%s is stored as 2^64%s = %d\n", value, value, v)
	}
	s.Printf("%s\n", s.Wrap(2, fmt.Sprintf("%d in binary, in groups of 7 bits: %s", v, pbwire.Groups(v))))
	s.Printf("%s\n\n", s.Wrap(0, "the lowest group first; the top bit says that another byte follows:"))
	rows := [][]string{{"byte", "bits", "", "counts"}}
	for k, c := range b {
		why := "the last"
		if c >= 0x80 {
			why = "another follows"
		}
		group := uint64(c & 0x7f)
		rows = append(rows, []string{
			fmt.Sprintf("%02x", c), fmt.Sprintf("%b %07b", c>>7, group), why,
			fmt.Sprintf("%d<<%d = %d", group, 7*k, group<<(7*k)),
		})
	}
	s.Table(rows)
	if n := pbwire.SizeVarint(v); len(b) > n {
		s.Printf("%s where %d would do: readers take it, writers do not make it\n", byteCount(len(b)), n)
	}
	s.Printf("\n")
	if read != nil {
		rows = [][]string{{"read as", "value"}}
		for _, r := range read {
			rows = append(rows, []string{r.As, r.Value})
		}
		s.Table(rows)
		return nil
	}
	rows = [][]string{{"stored as", "bytes", ""}}
	for _, f := range store {
		raw, _ := hex.DecodeString(f.Hex)
		rows = append(rows, []string{f.As, strconv.Itoa(f.Bytes), fmt.Sprintf("% x", raw)})
	}
	s.Table(rows)
	if signed := int64(v); negative || signed >= 0 {
		s.Printf("zigzag: %d becomes %d; 0 -1 1 -2 2 become 0 1 2 3 4\n", signed, pbwire.ZigZag(signed))
	}
	return nil
}
