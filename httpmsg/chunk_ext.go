package httpmsg

// chunkExt checks the extensions of a chunk against their grammar (RFC 9112
// 7.1.1), where BWS is whitespace that a recipient removes:
//
//	chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS value ] )
//	value     = token / quoted-string
func chunkExt(b []byte, s Span, find finder) {
	e := extScanner{b: b, at: s.Start, end: s.End}
	for e.at < e.end && e.wrong == "" {
		e.extension()
	}
	switch {
	case e.wrong != "":
		find(ChunkExtFormat, Span{min(e.at, s.End-1), s.End}, "%s: %q", e.wrong, short(b, s))
	case e.space.Len() > 0:
		find(ChunkExtSpace, e.space, "whitespace around the parts of a chunk extension: %q", short(b, s))
	default:
		find(ChunkExtension, s, "a chunk extension: %q", short(b, s))
	}
}

// An extScanner reads chunk extensions up to the first byte that is wrong.
type extScanner struct {
	b       []byte
	at, end int
	space   Span   // the first whitespace
	wrong   string // what is wrong at at
}

// extension reads one extension.
func (e *extScanner) extension() {
	if e.blank(); e.at == e.end {
		e.wrong = "whitespace at the end of a chunk's size line"
		return
	}
	if !e.next(';') {
		e.wrong = "a chunk extension starts with a semicolon"
		if c := e.b[e.at]; c < ' ' || c == 0x7f {
			e.wrong = "a control character in a chunk extension"
		}
		return
	}
	if e.blank(); !e.token() {
		e.wrong = "a chunk extension without a name"
		return
	}
	back := e.at
	if e.blank(); !e.next('=') {
		e.at = back // whitespace before the next semicolon, or at the end
		return
	}
	e.blank()
	switch {
	case e.next('"'):
		e.quoted()
	case !e.token():
		e.wrong = "a chunk extension without a value after ="
	}
}

func (e *extScanner) blank() {
	from := e.at
	for e.at < e.end && isBlank(e.b[e.at]) {
		e.at++
	}
	if e.space.Len() == 0 {
		e.space = Span{from, e.at}
	}
}

func (e *extScanner) next(c byte) bool {
	if e.at == e.end || e.b[e.at] != c {
		return false
	}
	e.at++
	return true
}

func (e *extScanner) token() bool {
	from := e.at
	for e.at < e.end && isToken[e.b[e.at]] {
		e.at++
	}
	return e.at > from
}

// quoted reads a quoted string after its first quote (RFC 9110 5.6.4).
func (e *extScanner) quoted() {
	for e.at < e.end {
		c := e.b[e.at]
		if c < ' ' && c != '\t' || c == 0x7f {
			e.wrong = "a control character in a chunk extension"
			return
		}
		e.at++
		if c == '"' {
			return
		}
		if c == '\\' && e.at < e.end && e.b[e.at] >= ' ' {
			e.at++
		}
	}
	e.wrong = "a quote that is not closed in a chunk extension"
}
