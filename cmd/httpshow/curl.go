package main

import (
	"regexp"
	"strings"

	"onwire/internal/cli"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// asCurl takes the flags of curl that mean the same here, and says what to
// write for those that do not.
func asCurl(c *cobra.Command) {
	f := c.Flags()
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if ours, ok := sameFlag[name]; ok {
			name = ours
		}
		return pflag.NormalizedName(name)
	})
	// The whole exchange is shown anyway.
	for _, flag := range [...][2]string{{"include", "i"}, {"silent", "s"}, {"show-error", "S"}, {"verbose", "v"}, {"http1.1", ""}} {
		f.BoolP(flag[0], flag[1], false, "as with curl: no effect here")
		f.MarkHidden(flag[0])
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if m := unknownFlag.FindStringSubmatch(err.Error()); m != nil {
			if hint, ok := curlHints[m[1]+m[2]]; ok {
				return cli.Misuse(hint, "%s", err)
			}
		}
		return c.Root().FlagErrorFunc()(c, err)
	})
}

var unknownFlag = regexp.MustCompile(`^unknown (?:shorthand )?flag: (?:--([\w.-]+)|'(.)' in )`)

// sameFlag are the long names of curl for flags of get.
var sameFlag = map[string]string{
	"request": "method", "data-raw": "data", "data-binary": "data", "data-ascii": "data",
}

// curlHints say what to write for the flags of curl that are none of get.
var curlHints = func() map[string]string {
	hints := map[string]string{}
	for names, hint := range map[string]string{
		"A user-agent":                      "write -H 'User-Agent: NAME'",
		"e referer":                         "write -H 'Referer: URL'",
		"b cookie":                          "write -H 'Cookie: name=value'",
		"c cookie-jar":                      "no cookie is kept here: write -H 'Cookie: name=value'",
		"r range":                           "write -H 'Range: bytes=0-99'",
		"compressed":                        "write -H 'Accept-Encoding: gzip': the body is unpacked for the screen",
		"m max-time":                        "write --timeout 10s",
		"connect-timeout":                   "write --timeout 10s, which is for all of it",
		"F form":                            "a form is -d 'name=value'; a file is -d @FILE, with its type in -H 'Content-Type: ...'",
		"data-urlencode":                    "write -d 'name=value', with a space as + and other bytes as %XX",
		"G get":                             "write the parameters in the URL, in quotes: 'http://h/?a=1&b=2'",
		"O remote-name":                     "write -o FILE",
		"T upload-file":                     "write -X PUT -d @FILE",
		"x proxy":                           "no proxy is used here; 'httpshow tap' shows what any client says to any server",
		"http2 http3 http2-prior-knowledge": "this is HTTP/1.1; 'grpcshow' shows HTTP/2",
		"f fail":                            "the status is shown; with --json it is the key \"status\"",
		"w write-out":                       "write --json: every event has its keys",
		"trace trace-ascii":                 "write --hex: every byte is shown with its name",
		"resolve connect-to":                "write the address in the URL, and the name by -H 'Host: NAME'",
		"oauth2-bearer":                     "write -H 'Authorization: Bearer TOKEN'",
		"E cert key":                        "no certificate of a client is sent here",
	} {
		for name := range strings.FieldsSeq(names) {
			hints[name] = hint
		}
	}
	return hints
}()
