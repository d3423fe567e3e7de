package httpmsg

// The classes of bytes of RFC 3986 2.

func isHex(c byte) bool {
	_, ok := hexDigit(c)
	return ok
}

func isAlpha(c byte) bool { c = lower(c); return 'a' <= c && c <= 'z' }

func isUnreserved(c byte) bool {
	return isAlpha(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func isSubDelim(c byte) bool {
	switch c {
	case '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=':
		return true
	}
	return false
}
