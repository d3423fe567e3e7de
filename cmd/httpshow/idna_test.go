package main

import "testing"

// TestToASCII: the characters that UTS #46 maps anew since version 15.1, and
// what has always been so.
func TestToASCII(t *testing.T) {
	for in, want := range map[string]string{
		"ẞ.com": "xn--zca.com", "ß.com": "xn--zca.com", "STRAẞE.de": "xn--strae-oqa.de",
		"Ↄ.com": "xn--r5g.com", "Ⅎ.com": "xn--73g.com", "Ӏ": "xn--s5a",
		"Ⴀ": "xn--rkj", "Ⴥ": "xn--tlj",
		"a\u2061b\u180ec": "abc", "a\U0001d173b": "ab", "a\u3164b\uffa0": "ab",
		"\U0002f868": "xn--snl", "\U0002f9bf": "xn--gro",
		"你好.cn": "xn--6qq79v.cn", "a†--": "xn--a---kp0a", "≠": "xn--1ch", "ශ්\u200dරී": "xn--10cl1a0b660p",
		"x..ß": "x..xn--zca", "ab--c.ß": "ab--c.xn--zca",
	} {
		if got, err := toASCII(in); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"\ufffd.com", "\u200d.example", "يa", "xn--a.ß"} {
		if got, err := toASCII(in); err == nil {
			t.Errorf("%q: %q", in, got)
		}
	}
}
