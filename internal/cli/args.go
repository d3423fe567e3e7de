package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// tellArgs lets a command and all below it say in our words that they were
// given too few or too many arguments: what they take, and what came. Verbs
// that are not there stay cobra's affair.
func tellArgs(c *cobra.Command) {
	for _, verb := range c.Commands() {
		tellArgs(verb)
	}
	check := c.Args
	if check == nil || c.HasSubCommands() {
		return
	}
	c.Args = func(c *cobra.Command, args []string) error {
		err := check(c, args)
		if told := new(Error); err == nil || errors.As(err, &told) {
			return err // right, or told already
		}
		return Misuse(helpHint(c.CommandPath()), "%s takes %s; given: %s", c.Name(), takes(c.Use), given(args))
	}
}

// takes is what a usage line has behind the command's name.
func takes(use string) string {
	if _, args, ok := strings.Cut(use, " "); ok {
		return args
	}
	return "no argument"
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
