package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"onwire/ipaddr"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// tellArgs lets a command and all below it say in our words that they were
// given too few or too many arguments: what they take, and what came; or that
// they have no such verb.
func tellArgs(c *cobra.Command) {
	c.SuggestionsMinimumDistance = 2 // letters that may differ
	for _, verb := range c.Commands() {
		tellArgs(verb)
	}
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(c *cobra.Command, args []string) error {
		err := check(c, args)
		if told := new(Error); err == nil || errors.As(err, &told) {
			return err // right, or told already
		}
		help := helpHint(c.CommandPath())
		if takes(c.Use) == "" && c.HasSubCommands() {
			return Misuse(cmp.Or(Meant(c, args[0]), help), "%s is no verb of %s", given(args[:1]), c.CommandPath())
		}
		return Misuse(help, "%s takes %s; given: %s", c.Name(), cmp.Or(takes(c.Use), "no argument"), given(args))
	}
}

// Meant is the hint for a word that looks like a verb of c and is none, or ""
// where it is like none of them.
func Meant(c *cobra.Command, word string) string {
	for _, verb := range c.SuggestionsFor(word) {
		// Two letters may differ, which is all of a short word: the first may not.
		if word != "" && strings.EqualFold(verb[:1], word[:1]) {
			return fmt.Sprintf("did you mean '%s %s'?", c.CommandPath(), verb)
		}
	}
	return ""
}

// wrongFlag says in our words what is wrong with a flag, and what its value
// looks like.
func wrongFlag(c *cobra.Command, err error) error {
	said, _, _ := strings.Cut(err.Error(), ": strconv.") // what follows tells of Go, not of the flag
	said, _, _ = strings.Cut(said, ": time:")
	hint := helpHint(c.CommandPath())
	if wrong := new(pflag.InvalidValueError); errors.As(err, &wrong) {
		hint = cmp.Or(flagHint(wrong.GetFlag(), wrong.GetValue()), hint)
	}
	return Misuse(hint, "%s", said)
}

// flagHint is what to type in place of value, or "" where nothing is known.
func flagHint(flag *pflag.Flag, value string) string {
	if _, right, ok := ipaddr.FindTypo(value); ok && flag.Value.Set(right) == nil {
		return fmt.Sprintf("that is a full-width or typographic character: write --%s %s", flag.Name, right)
	}
	switch kind := flag.Value.Type(); kind {
	case "duration":
		if _, err := strconv.ParseUint(value, 10, 32); err == nil {
			return fmt.Sprintf("a time has its unit: write --%s %ss for seconds, or %sms", flag.Name, value, value)
		}
		return "write a time with its unit, such as 5s, 300ms or 2m"
	case "bool":
		return fmt.Sprintf("write --%s alone, without a value", flag.Name)
	case "int", "ints":
		return "write a whole number"
	case "uint", "uints", "uint16", "uint32", "uint64":
		return "write a whole number, 0 or more"
	case "float64":
		return "write a number, such as 2 or 0.5"
	}
	return ""
}

// takes is what a usage line has behind the command's name.
func takes(use string) string {
	_, args, _ := strings.Cut(use, " ")
	return args
}

func given(args []string) string {
	if len(args) == 0 {
		return "nothing"
	}
	more := ""
	if len(args) > 3 {
		args, more = args[:3], " ..."
	}
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = fmt.Sprintf("%.60q", a)
	}
	return strings.Join(quoted, " ") + more
}

func helpHint(command string) string {
	return fmt.Sprintf("'%s --help' lists what there is", command)
}
