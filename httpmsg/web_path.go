package httpmsg

import "strings"

// path reads the path of a URL, and takes its dots out.
func (p *webParser) path(at, end int) {
	text := p.text[at:end]
	if !p.special && !strings.HasPrefix(text, "/") {
		if !p.url.HasHost {
			// "mailto:a@b": opaque, not parted by slashes.
			if p.url.HasQuery || p.url.HasFragment {
				if n := len(text); n > 0 && text[n-1] == ' ' {
					text = text[:n-1] + "%20"
				}
			}
			p.url.Path = webEncode(text, controlSet)
		}
		return
	}
	if text != "" && isSlash(text[0], p.special) {
		text = text[1:]
		at++
	}
	if p.special && strings.Contains(text, `\`) {
		i := at + strings.IndexByte(text, '\\')
		p.repair(i, i+1, "a backslash is read as a slash")
	}
	var out []string
	start := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && !isSlash(text[i], p.special) {
			continue
		}
		segment, last := text[start:i], i == len(text)
		start = i + 1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			if n := len(out); n > 0 && !(p.url.Scheme == "file" && n == 1 && isDrive(out[0]) && out[0][1] == ':') {
				out = out[:n-1]
			}
			if last {
				out = append(out, "")
			}
		case ".":
			if last {
				out = append(out, "")
			}
		default:
			if p.url.Scheme == "file" && len(out) == 0 && isDrive(segment) {
				segment = segment[:1] + ":"
			}
			out = append(out, webEncode(segment, pathSet))
		}
	}
	p.url.Path = "/" + strings.Join(out, "/")
}

func isSlash(c byte, special bool) bool { return c == '/' || special && c == '\\' }

// A webSet holds the ASCII characters that are percent-encoded in a place,
// beside the controls and all that is not ASCII.
type webSet string

const (
	controlSet      webSet = ""
	fragmentSet     webSet = " \"<>`"
	querySet        webSet = " \"#<>"
	specialQuerySet webSet = querySet + "'"
	pathSet         webSet = querySet + "?^`{}"
	userSet         webSet = pathSet + "/:;=@[\\]|"
)

// webEncode percent-encodes s. A % stays: s may be encoded already.
func webEncode(s string, set webSet) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || strings.IndexByte(string(set), c) >= 0 {
			percent(&b, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
