package dnslookup

import (
	"strings"
	"testing"
)

// TestEnvironment: what one process may say besides resolv.conf(5).
func TestEnvironment(t *testing.T) {
	for _, tt := range []struct{ conf, localdomain, options, hostname, search, ndots string }{
		{"search a.example", "", "", "h.b.example", "a.example", "1"},
		{"search a.example", "c.example d.example", "ndots:3 no-aaaa", "h.b.example", "c.example d.example", "3"},
		{"", "", "", "h.b.example", "b.example", "1"},
		{"", "", "", "h", "", "1"},
		{"search .", "", "", "h.b.example", "", "1"}, // an empty list was meant
	} {
		c, err := ReadResolvConf(strings.NewReader(tt.conf), "resolv.conf")
		if err != nil {
			t.Fatal(err)
		}
		c.environment(func(name string) string {
			return map[string]string{"LOCALDOMAIN": tt.localdomain, "RES_OPTIONS": tt.options}[name]
		}, tt.hostname)
		if got := strings.Join(c.Search, " "); got != tt.search || string(rune('0'+c.Ndots)) != tt.ndots || c.Options.NoAAAA != strings.Contains(tt.options, "no-aaaa") {
			t.Errorf("%+v: search %q, ndots %d", tt, got, c.Ndots)
		}
	}
}
