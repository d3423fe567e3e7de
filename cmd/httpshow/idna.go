package main

import (
	"strings"

	"golang.org/x/net/idna"
)

// profile is UTS #46 as the URL Standard 3.3 asks for it.
var profile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.BidiRule())

// toASCII is how browsers write a host name that is not ASCII. UTS #46 has
// mapped some characters anew since version 15.1; Go 1.26 has the tables of
// 15.0. Letters that Unicode got in versions 16 and 17 are not known here yet.
func toASCII(name string) (string, error) { return profile.ToASCII(strings.Map(remap, name)) }

// remap makes of a character what the tables of version 17 make of it.
func remap(r rune) rune {
	switch {
	case r == 'ẞ': // was "ss"
		return 'ß'
	case 'Ⴀ' <= r && r <= 'Ⴥ': // Georgian capitals, which were not allowed
		return r - 'Ⴀ' + 'ⴀ'
	case r == 'Ӏ':
		return 'ӏ'
	case r == 'Ⅎ':
		return 'ⅎ'
	case r == 'Ↄ':
		return 'ↄ'
	}
	if to, ok := ideographs[r]; ok {
		return to
	}
	if strings.ContainsRune(ignored, r) {
		return -1
	}
	return r
}

// ignored are characters without a shape that were not allowed before.
const ignored = "\u115f\u1160\u17b4\u17b5\u180e\u2061\u2062\u2063\u206a\u206b\u206c\u206d\u206e\u206f\u3164\uffa0" +
	"\U0001d173\U0001d174\U0001d175\U0001d176\U0001d177\U0001d178\U0001d179\U0001d17a"

// ideographs are compatibility ideographs that were not allowed before.
var ideographs = map[rune]rune{0x2f868: '㛼', 0x2f874: '当', 0x2f91f: '𤎫', 0x2f95f: '竮', 0x2f9bf: '䗗'}
