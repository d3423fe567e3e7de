package ipaddr

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"onwire/wire"
)

// A lookalike is a character that is written, by mistake, for one of ASCII.
type lookalike struct {
	ascii string // what is meant; empty: nothing
	what  string // what the character is, with its article
}

const (
	fullWidth  = "a full-width character of an input method"
	typesetter = "a typographic character of a word processor"
	wideSpace  = "a space that is not the ASCII one"
	otherSign  = "another character that only looks like it"
)

// lookalikes are the signs that input methods and word processors write. The
// block U+FF01 to U+FF5E, which repeats ASCII in full width, is not listed.
var lookalikes = sync.OnceValue(func() map[rune]lookalike {
	all := make(map[rune]lookalike)
	add := func(what, ascii, characters string) {
		for _, r := range characters {
			all[r] = lookalike{ascii, what}
		}
	}
	add(fullWidth, ".", "。｡﹒")
	add(fullWidth, ",", "、､﹐﹑")
	add(fullWidth, ":", "︰﹕")
	add(fullWidth, ";", "﹔")
	add(fullWidth, "-", "﹣〜")
	add(fullWidth, "%", "﹪")
	add(fullWidth, "*", "﹡")
	add("the full-width space of an input method", " ", "\u3000")
	add(fullWidth, "", "「」『』《》〈〉〝〞＂＇") // around an address they mean nothing
	add(fullWidth, "[", "【〔〖")
	add(fullWidth, "]", "】〕〗")
	add(typesetter, "-", "\u2010\u2011\u2012–—―\u2212⁃")
	add(typesetter, "", "“”„‟«»″‘’‚‛′")
	add(typesetter, "...", "…")
	add(typesetter, "..", "‥")
	add(typesetter, "*", "×∗•")
	add(otherSign, ".", "·・․‧⋅∙٫")
	add(otherSign, ":", "∶꞉ː׃")
	add(otherSign, "/", "⁄∕⧸╱")
	add(otherSign, `\`, "∖⧵﹨")
	add(otherSign, "-", "ーｰ➖﹘∼")
	add(otherSign, "%", "٪")
	add(otherSign, ",", "٬،")
	for digit, r := range []rune("⁰¹²³⁴⁵⁶⁷⁸⁹") {
		all[r] = lookalike{string(rune('0' + digit)), typesetter}
	}
	for digit, r := range []rune("⓪①②③④⑤⑥⑦⑧⑨") {
		all[r] = lookalike{string(rune('0' + digit)), otherSign}
	}
	add("a Cyrillic letter", "a", "аА")
	add("a Cyrillic letter", "b", "В")
	add("a Cyrillic letter", "c", "сС")
	add("a Cyrillic letter", "e", "еЕ")
	add("a Cyrillic letter", "0", "оО")
	add("a Greek letter", "0", "οΟ")
	return all
})

// lookalikeOf returns what a character outside ASCII is written for.
func lookalikeOf(r rune) (like lookalike, ok bool) {
	if r < utf8.RuneSelf {
		return lookalike{}, false
	}
	if like, ok := lookalikes()[r]; ok {
		return like, true
	}
	switch {
	case r >= '！' && r <= '～': // the full width of "!" to "~"
		ascii := string(r - '！' + '!')
		if ascii == "~" {
			ascii = "-"
		}
		return lookalike{ascii, fullWidth}, true
	case unicode.Is(unicode.Zs, r):
		return lookalike{" ", wideSpace}, true
	case wire.Hidden(r) && r != utf8.RuneError:
		return lookalike{"", "an invisible character"}, true
	case unicode.Is(unicode.Nd, r):
		return lookalike{string('0' + digitValue(r)), "a digit of another script"}, true
	}
	return lookalike{}, false
}

// digitValue returns the value of a decimal digit of any script: Unicode keeps
// the ten digits of each in a row, which starts at zero.
func digitValue(r rune) rune {
	if first := '\U0001d7ce'; r >= first && r <= '\U0001d7ff' { // five rows without a gap
		return (r - first) % 10
	}
	for value := rune(0); ; value++ {
		if !unicode.Is(unicode.Nd, r-value-1) || value == 9 {
			return value
		}
	}
}

// A Typo is a character outside ASCII that was written for one of ASCII: a
// full-width one of an input method, a dash or quotation mark of a word
// processor, a space or an invisible character that was copied with a text.
type Typo struct {
	Rune   rune
	Offset int    // its place in the text, in bytes
	What   string // "a full-width character of an input method"
	Meant  string // the ASCII text to type; empty where nothing is
}

// FindTypo returns the first Typo in a text, and the text with all of them
// replaced by what is meant. Both are zero, and ok is false, where there is none.
func FindTypo(text string) (first Typo, folded string, ok bool) {
	if strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return Typo{}, "", false
	}
	var b strings.Builder
	for i, r := range text {
		like, found := lookalikeOf(r)
		if !found {
			b.WriteString(text[i : i+runeLen(text[i:])])
			continue
		}
		if !ok {
			first, ok = Typo{r, i, like.what, like.ascii}, true
		}
		b.WriteString(like.ascii)
	}
	if !ok {
		return Typo{}, "", false
	}
	return first, b.String(), true
}

// String says what the character is and what to type: `"。" (U+3002) is a
// full-width character of an input method: type "."`. An invisible one is named
// by its number alone.
func (t Typo) String() string {
	name := fmt.Sprintf("U+%04X", t.Rune)
	if !wire.Hidden(t.Rune) && !unicode.IsSpace(t.Rune) {
		name = fmt.Sprintf("%q (%s)", string(t.Rune), name)
	}
	switch t.Meant {
	case "":
		return fmt.Sprintf("%s is %s: leave it out", name, t.What)
	case " ":
		return fmt.Sprintf("%s is %s", name, t.What)
	}
	return fmt.Sprintf("%s is %s: type %q", name, t.What, t.Meant)
}
