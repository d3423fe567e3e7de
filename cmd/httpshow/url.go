package main

import (
	"fmt"
	"strings"

	"onwire/httpmsg"
	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func (a *app) urlCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "url URL...",
		Short: "Show the parts of URLs, by RFC 3986 and as browsers read them",
		Long: `Show the parts of URLs by RFC 3986, what a client sends of them, and where a
browser (the URL Standard of WHATWG) reads them differently. It exits with 1 if
RFC 3986 has no such URL. Put URLs in quotes: & and # mean something to a shell.`,
		Example: `  go run ./cmd/httpshow url 'http://www.example.org:8080/a/b?x=1&y=2#id'
  go run ./cmd/httpshow url example.org/video        no scheme
  go run ./cmd/httpshow url 'http://h/?param1=val1¶m2=val2'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			bad := false
			for i, text := range args {
				if i > 0 && !a.JSON {
					a.Screen().Printf("\n")
				}
				ok, err := a.showURL(text)
				if err != nil {
					return err
				}
				bad = bad || !ok
			}
			if bad {
				return cli.Exit(1)
			}
			return nil
		},
	}
	a.hexFlag(c)
	return c
}

// A urlRecord is a URL in --json.
type urlRecord struct {
	URL         string          `json:"url"`
	OK          bool            `json:"ok"` // by RFC 3986
	Error       string          `json:"error"`
	Fields      []wire.Field    `json:"fields"`
	DecodedPath string          `json:"decoded_path"`
	Target      string          `json:"target"` // what is sent; "" if nothing is
	Host        string          `json:"host"`
	WebHost     string          `json:"whatwg_host"`
	RFCHost     string          `json:"rfc3986_host"`
	HostsDiffer bool            `json:"hosts_differ"`
	Web         string          `json:"whatwg"`
	WebError    string          `json:"whatwg_error"`
	Pairs       []pairRecord    `json:"query"`
	Remarks     []remarkRecord  `json:"remarks"`
	Differences []differentPart `json:"differences"`
}

type pairRecord struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type remarkRecord struct {
	Offset int    `json:"offset"`
	Text   string `json:"text"`
	RFC    string `json:"rfc"`
}

type differentPart struct {
	Part string `json:"part"`
	RFC  string `json:"rfc3986"`
	Web  string `json:"whatwg"`
	Why  string `json:"why"`
}

// showURL shows one URL, and reports whether RFC 3986 has it.
func (a *app) showURL(text string) (bool, error) {
	c := httpmsg.Compare(text, toASCII)
	u := c.RFC
	remarks := u.Remarks()
	if a.JSON {
		r := urlRecord{URL: text, OK: c.RFCErr == nil, DecodedPath: decodedPath(u), Fields: append([]wire.Field{}, u.Fields()...), Pairs: []pairRecord{}, Remarks: []remarkRecord{}, Differences: []differentPart{}}
		if c.RFCErr != nil {
			r.Error = c.RFCErr.Error()
		} else if notSent(u) == "" {
			r.Target, r.Host = u.Target(), u.HostField()
		}
		if c.WebErr != nil {
			r.WebError = c.WebErr.Error()
		} else {
			r.Web = c.Web.Href()
		}
		r.RFCHost, r.WebHost, r.HostsDiffer = c.Hosts()
		for _, p := range httpmsg.QueryPairs(u.Text(u.Query)) {
			r.Pairs = append(r.Pairs, pairRecord{p.Name, p.Value})
		}
		for _, m := range remarks {
			r.Remarks = append(r.Remarks, remarkRecord{m.Start, m.Text.String(), m.RFC})
		}
		for _, d := range c.Differences {
			r.Differences = append(r.Differences, differentPart{d.Part, d.RFC, d.Web, d.Why.String()})
		}
		return r.OK, a.PrintJSON(r)
	}
	s := a.Screen()
	s.Printf("%s\n", s.Paint(term.Bold, s.Wrap(0, visible(text))))
	if a.hex {
		if err := s.FieldView().Write(a.Out(), []byte(text), u.Fields()); err != nil {
			return false, err
		}
	} else {
		a.urlParts(u)
	}
	if c.RFCErr != nil {
		s.Printf("%s  %s\n", s.Paint(term.Red, "no  "), s.Wrap(6, visible("RFC 3986: "+c.RFCErr.Error())))
	}
	a.urlSent(u, c.RFCErr == nil)
	for _, m := range remarks {
		s.Printf("%s  %s\n", s.Paint(term.Yellow, "note"), s.Wrap(6, visible(m.Text.String()+" ("+m.RFC+")")))
	}
	a.urlBrowser(c)
	return c.RFCErr == nil, nil
}

func (a *app) urlParts(u httpmsg.URL) {
	s := a.Screen()
	rows := [][]string{{"byte", "part", ""}}
	add := func(name string, p httpmsg.Part, rfc string) {
		if p.Present {
			text := visible(u.Text(p))
			if text == "" {
				text = "(empty)"
			}
			rows = append(rows, []string{padLeft(p.Start), name, text + "  (" + rfc + ")"})
		}
	}
	add("scheme", u.Scheme, "RFC 3986 3.1")
	add("user", u.User, "RFC 3986 3.2.1")
	add("host", u.Host, "RFC 3986 3.2.2")
	add("port", u.Port, "RFC 3986 3.2.3")
	add("path", u.Path, "RFC 3986 3.3")
	if d := decodedPath(u); d != u.Text(u.Path) {
		rows = append(rows, []string{"", "  decoded", visible(d) + "  (RFC 3986 2.1)"})
	}
	add("query", u.Query, "RFC 3986 3.4")
	base := u.Query.Start
	for _, p := range httpmsg.QueryPairs(u.Text(u.Query)) {
		rows = append(rows, []string{padLeft(base + p.Start), "  pair", visible(p.Name) + " = " + visible(p.Value)})
	}
	add("fragment", u.Fragment, "RFC 3986 3.5")
	s.Table(rows)
}

// decodedPath is the path without its percent-encoding, or as it is where
// that is wrong.
func decodedPath(u httpmsg.URL) string {
	d, _ := httpmsg.Decode(u.Text(u.Path))
	return d
}

func padLeft(n int) string { return fmt.Sprintf("%4d", n) }

// urlSent says what a client sends of a URL.
func (a *app) urlSent(u httpmsg.URL, ok bool) {
	s := a.Screen()
	say := func(text string) { s.Printf("%s  %s\n", s.Paint(term.Green, "sent"), s.Wrap(6, text)) }
	if !ok {
		return
	}
	if why := notSent(u); why != "" {
		say("nothing by HTTP: " + why)
		return
	}
	text := "GET " + visible(u.Target()) + " HTTP/1.1, and Host: " + visible(u.HostField())
	if strings.EqualFold(u.Text(u.Scheme), "https") {
		text += ", inside TLS"
	}
	say(text)
}

// notSent says why no HTTP request can be made of a URL, "" if one can.
func notSent(u httpmsg.URL) string {
	scheme := strings.ToLower(u.Text(u.Scheme))
	port, _ := u.PortNumber()
	switch {
	case !u.Scheme.Present:
		return "it is a relative reference, to be read beside the URL of a page (RFC 3986 4.2)"
	case scheme != "http" && scheme != "https":
		return fmt.Sprintf("the scheme is %q", scheme)
	case u.Host.Len() == 0:
		return "it names no host (RFC 9110 4.2.1)"
	case port < 1:
		return fmt.Sprintf("there is no port %s to connect to", visible(u.Text(u.Port)))
	}
	return ""
}

// urlBrowser says what a browser makes of a URL, where that is another thing.
func (a *app) urlBrowser(c httpmsg.Comparison) {
	s := a.Screen()
	say := func(style term.Style, text string) { s.Printf("%s  %s\n", s.Paint(style, "web "), s.Wrap(6, text)) }
	if line := hostLine(c); line != "" {
		s.Printf("%s  %s\n", s.Paint(term.Red, "host"), s.Wrap(6, visible(line)))
	}
	switch {
	case c.WebErr != nil:
		say(term.Red, "a browser has no such URL: "+visible(c.WebErr.Error()))
	case len(c.Differences) == 0:
		say(term.Dim, "a browser reads the same parts")
	default:
		say(term.Yellow, "a browser reads "+visible(c.Web.Href()))
		for _, d := range c.Differences {
			if d.Part == "all" { // what each makes of it is above
				say(term.Yellow, visible(d.Why.String()))
				continue
			}
			if _, _, differ := c.Hosts(); d.Part == "host" && differ {
				say(term.Yellow, visible(d.Why.String())) // the hosts are above
				continue
			}
			rfc := visible(d.RFC)
			if rfc == "" {
				rfc = "(empty)"
			}
			say(term.Yellow, d.Part+": "+rfc+" is "+visible(d.Web)+" there: "+visible(d.Why.String()))
		}
	}
}

// hostLine says in one line that a browser goes to another host than a program
// that reads by RFC 3986, or is "".
func hostLine(c httpmsg.Comparison) string {
	rfc, web, differ := c.Hosts()
	if !differ {
		return ""
	}
	if rfc == "" {
		rfc = "no host"
	}
	if web == "" {
		web = "no host"
	}
	return "a browser goes to " + web + ", RFC 3986 reads " + rfc
}
