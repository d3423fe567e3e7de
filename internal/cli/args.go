package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
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
	if near := c.SuggestionsFor(word); len(near) > 0 {
		return fmt.Sprintf("did you mean '%s %s'?", c.CommandPath(), near[0])
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
