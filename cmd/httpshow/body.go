package main

import (
	"encoding/hex"
	"fmt"
	"strings"

	"onwire/httpmsg"
	"onwire/internal/term"
)

// Bounds of what is shown of one body.
const (
	maxBodyLines = 24
	maxUnpacked  = 1 << 20
	maxParts     = 32
)

// drawBody draws the body of a message, as its Content-Type says what it is.
func (a *app) drawBody(m *httpmsg.Message) {
	if m.BodySpan.Len() == 0 {
		if m.Body.Kind == httpmsg.NoBody && m.Kind == httpmsg.ResponseKind {
			a.Screen().Printf("%s%s\n", strings.Repeat(" ", textColumn), a.Screen().Wrap(textColumn, "no body: "+m.Body.Why.String()))
		}
		return
	}
	name := "body"
	if m.Body.Kind == httpmsg.TunnelBody {
		name = "tunnel"
	}
	what := fmt.Sprintf("%s: %s, %s", name, term.Count(m.BodySpan.Len(), "byte"), m.Body.Why)
	if len(m.Chunks) > 0 {
		sizes := make([]string, 0, len(m.Chunks))
		for _, c := range m.Chunks[:min(len(m.Chunks), 8)] {
			sizes = append(sizes, fmt.Sprint(c.Bytes))
		}
		if len(m.Chunks)+m.MoreN > len(sizes) {
			sizes = append(sizes, "...")
		}
		what = fmt.Sprintf("body: %s in chunks of %s", term.Count(len(m.Content), "byte"), strings.Join(sizes, ", "))
		if len(m.Content) == 0 {
			what = "body: no data, the chunk of size 0 ends it"
		}
	}
	a.drawLine(m.BodySpan.Start, "", what)
	a.drawWhole(m)
	a.trailers(m)
}

func (a *app) trailers(m *httpmsg.Message) {
	for _, t := range m.Trailers {
		a.drawLine(t.Line.Start, chomp(string(t.Line.In(m.Raw))), "a trailer field (RFC 9112 7.1.2)")
	}
}

// drawWhole draws what a body says, without its chunks and its coding.
func (a *app) drawWhole(m *httpmsg.Message) {
	kind, _ := m.Get("Content-Type")
	content := m.Content
	if len(content) == 0 {
		return
	}
	if coding, ok := m.Get("Content-Encoding"); ok {
		out, more, err := httpmsg.DecodeContent(coding, content, maxUnpacked)
		coding = visible(coding)
		switch {
		case err != nil && len(out) == 0:
			a.bodyLine(fmt.Sprintf("packed by %s: %s", coding, visible(err.Error())))
			a.bodyDump(content)
			return
		case more:
			a.bodyLine(fmt.Sprintf("unpacked from %s, the first %d bytes:", coding, len(out)))
		default:
			a.bodyLine(fmt.Sprintf("unpacked from %s: %s", coding, term.Count(len(out), "byte")))
		}
		content = out
	}
	a.drawContent(httpmsg.ParseMedia(kind), content)
}

// drawContent draws a body, or a part of one.
func (a *app) drawContent(media httpmsg.Media, content []byte) {
	switch media.Kind {
	case httpmsg.JSONMedia:
		if b, err := httpmsg.IndentJSON(content, maxUnpacked); err == nil && len(content) > 60 {
			content = b
		} else if err != nil {
			a.bodyLine("Content-Type says JSON: " + visible(err.Error()))
		}
		a.bodyText(content)
	case httpmsg.FormMedia:
		for i, p := range httpmsg.QueryPairs(string(content)) {
			if i == maxBodyLines {
				a.bodyLine("... and more")
				break
			}
			a.bodyLine(visible(p.Name) + " = " + visible(p.Value))
		}
	case httpmsg.MultipartMedia:
		a.drawParts(media, content)
	case httpmsg.ImageMedia:
		format, width, height, err := httpmsg.ImageSize(content)
		if err != nil {
			a.bodyLine(fmt.Sprintf("%s: not an image that is known here", visible(media.Type)))
		} else {
			a.bodyLine(fmt.Sprintf("a picture: %s, %d x %d pixels", strings.ToUpper(format), width, height))
		}
		a.bodyDump(content)
	default:
		a.bodyText(content)
	}
}

func (a *app) drawParts(media httpmsg.Media, content []byte) {
	parts, err := httpmsg.Parts(content, media.Boundary, maxParts)
	for i, p := range parts {
		line := fmt.Sprintf("part %d: %s", i+1, term.Count(p.Len(), "byte"))
		if p.Name != "" {
			line += ", name " + visible(p.Name)
		}
		if p.FileName != "" {
			line += ", file " + visible(p.FileName)
		}
		a.bodyLine(line)
		kind := p.Type
		if kind == "" {
			kind = "text/plain" // RFC 2046 5.1
		}
		if m := httpmsg.ParseMedia(kind); m.Kind != httpmsg.MultipartMedia { // one level is enough
			a.drawContent(m, p.In(content))
		}
	}
	if err != nil {
		a.bodyLine(visible(err.Error()))
	}
}

// bodyText draws text line by line, or bytes that are none.
func (a *app) bodyText(content []byte) {
	if !httpmsg.IsText(content) {
		a.bodyDump(content)
		return
	}
	text := strings.TrimSuffix(string(content), "\n")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if i == maxBodyLines {
			a.bodyLine("... " + more(len(lines)-i, "line"))
			return
		}
		a.bodyLine(visible(strings.TrimSuffix(line, "\r")))
	}
}

// bodyDump draws the first bytes in hex.
func (a *app) bodyDump(content []byte) {
	const most = 48
	for at := 0; at < min(len(content), most); at += 16 {
		row := content[at:min(at+16, len(content), most)]
		a.bodyLine(fmt.Sprintf("% x", row))
	}
	if len(content) > most {
		a.bodyLine("... " + more(len(content)-most, "byte"))
	}
}

func (a *app) bodyLine(text string) {
	s := a.Screen()
	indent := len(text) - len(strings.TrimLeft(text, " "))
	shown := text
	if term.Columns(text) > s.Width-textColumn {
		shown = strings.Repeat(" ", indent) + s.Wrap(textColumn+indent, text[indent:])
	}
	s.Printf("%s\n", strings.TrimRight(strings.Repeat(" ", textColumn)+s.Paint(term.Cyan, shown), " "))
}

// hexOf writes bytes as --json does.
func hexOf(b []byte) string { return hex.EncodeToString(b) }
