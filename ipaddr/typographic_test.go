package ipaddr_test

import (
	"testing"

	"onwire/ipaddr"
)

// TestFindTypo: every character of ASCII in full width is folded to itself, and
// ASCII has none.
func TestFindTypo(t *testing.T) {
	for c := rune('!'); c < '~'; c++ {
		if c == '"' || c == '\'' {
			continue // left out
		}
		typo, folded, ok := ipaddr.FindTypo("x" + string(c-'!'+'！'))
		if !ok || folded != "x"+string(c) || typo.Offset != 1 || typo.Meant != string(c) {
			t.Errorf("the full width of %q is folded to %q: %+v, %v", c, folded, typo, ok)
		}
		if _, _, ok := ipaddr.FindTypo(string(c)); ok {
			t.Errorf("%q is a typo", c)
		}
	}
	if _, folded, _ := ipaddr.FindTypo("50，\xff20中"); folded != "50,\xff20中" {
		t.Errorf("what is no typo is kept: %q", folded)
	}
}
