package notes

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onwire/httpmsg"
)

// A note is what the service keeps.
type note struct {
	ID      int    `json:"id"`
	Version int    `json:"version"`
	Text    string `json:"text"`
	owner   string
}

// maxNotes and maxText bound what is kept: the notes, and the bytes of all their
// texts.
const (
	maxNotes = 1000
	maxText  = 512 << 10
	maxID    = 9999
)

// write gives n another text, unless the texts become too long. mu is held.
func (s *Service) write(n *note, text string) *httpmsg.Response {
	if more := len(text) - len(n.Text); more > 0 && s.text+more > maxText {
		return problem(507, "the notes hold %d bytes already, and %d at most: DELETE some", s.text, maxText)
	}
	s.text += len(text) - len(n.Text)
	n.Text = text
	return nil
}

func (n *note) etag() string { return `"` + strconv.Itoa(n.ID) + "-" + strconv.Itoa(n.Version) + `"` }

func (n *note) response(status int) *httpmsg.Response {
	return with(object(status, n), "ETag", n.etag())
}

// add keeps a new note under the first free number.
func (s *Service) add(owner, text string) {
	n := &note{s.free(), 1, text, owner}
	s.notes[n.ID] = n
	s.text += len(text)
}

// free returns the first free number.
func (s *Service) free() int {
	for s.next > maxID || s.notes[s.next] != nil {
		s.next = s.next%maxID + 1
	}
	return s.next
}

// mine returns the note of the path, or why it is not to be had. mu is held.
func (c *call) mine() (*note, *httpmsg.Response) {
	n := c.notes[c.id]
	switch {
	case n == nil:
		return nil, problem(404, "there is no note %d", c.id)
	case n.owner != c.user:
		return nil, problem(403, "note %d is not yours: you are known, and not allowed", c.id)
	}
	return n, nil
}

func list(c *call, _ []byte) *httpmsg.Response {
	query, err := url.ParseQuery(c.query)
	if err != nil {
		return problem(400, "the query %q is not of name=value pairs", c.query)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found := []*note{}
	for _, n := range c.notes {
		if n.owner == c.user && strings.Contains(n.Text, query.Get("q")) {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, func(a, b *note) int { return a.ID - b.ID })
	return object(200, map[string]any{"notes": found})
}

// create makes a note, under the number that the body asks for, or a free one.
func create(c *call, b []byte) *httpmsg.Response {
	in, bad := c.noteBody(b)
	if bad != nil {
		return bad
	}
	text, ok := in["text"]
	if !ok {
		return problem(400, "a note needs a text")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := 0
	if digits, asked := in["id"]; asked {
		if id, ok = noteID(digits); !ok {
			return problem(400, "%q is not a number of a note, 1 to 9999", digits)
		}
		if c.notes[id] != nil {
			return problem(409, "there is a note %d; PUT /notes/%d changes it", id, id)
		}
	}
	n, full := c.make(id, text)
	if full != nil {
		return full
	}
	return with(n.response(201), "Location", fmt.Sprintf("/notes/%d", n.ID))
}

// make keeps a new note of the caller's under a number, or under a free one
// for 0. mu is held.
func (c *call) make(id int, text string) (*note, *httpmsg.Response) {
	if len(c.notes) >= maxNotes {
		return nil, problem(507, "there are %d notes already: DELETE some", maxNotes)
	}
	n := &note{Version: 1, owner: c.user}
	if full := c.write(n, text); full != nil {
		return nil, full
	}
	if n.ID = id; id == 0 {
		n.ID = c.free()
	}
	c.notes[n.ID] = n
	return n, nil
}

// read returns a note, or 304 to a client that has it (RFC 9110 13.1.2).
func read(c *call, _ []byte) *httpmsg.Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, no := c.mine()
	switch {
	case no != nil:
		return no
	case matches(c.req.Values("If-None-Match"), n.etag()):
		return with(empty(304), "ETag", n.etag())
	}
	return n.response(200)
}

// put makes a note or replaces it whole. Doing so twice is as doing it once.
func put(c *call, b []byte) *httpmsg.Response {
	in, bad := c.noteBody(b)
	if bad != nil {
		return bad
	}
	text, ok := in["text"]
	if !ok {
		return problem(400, "a note needs a text: PUT replaces all of it, PATCH changes a part")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, no := c.mine()
	if no != nil && no.Status != 404 {
		return no
	}
	if conflict := c.conflict(n, in); conflict != nil {
		return conflict
	}
	if n == nil {
		n, no = c.make(c.id, text)
		if no != nil {
			return no
		}
		return with(n.response(201), "Location", c.path)
	}
	return c.change(n, text)
}

// change gives a note another text, and answers. mu is held.
func (c *call) change(n *note, text string) *httpmsg.Response {
	if n.Text != text {
		if full := c.write(n, text); full != nil {
			return full
		}
		n.Version++
	}
	return n.response(200)
}

// patch changes what the body names (RFC 5789, with RFC 7396 as its form).
func patch(c *call, b []byte) *httpmsg.Response {
	in, bad := c.object(b)
	if bad != nil {
		return bad
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, no := c.mine()
	if no != nil {
		return no
	}
	if conflict := c.conflict(n, in); conflict != nil {
		return conflict
	}
	if text, ok := in["text"]; ok {
		return c.change(n, text)
	}
	return n.response(200)
}

// conflict is the answer to a change that was thought of another version of
// the note: If-Match is HTTP's own way to say of which, "version" ours. n is
// nil where there is no note.
func (c *call) conflict(n *note, in map[string]string) *httpmsg.Response {
	if tags := c.req.Values("If-Match"); len(tags) > 0 && (n == nil || !matches(tags, n.etag())) {
		return problem(412, "If-Match: %s is not the ETag of the note as it is now", strings.Join(tags, ", "))
	}
	version, asked := in["version"]
	switch {
	case !asked:
	case n == nil:
		return problem(409, "there is no version %s of note %d: there is no note", version, c.id)
	case version != strconv.Itoa(n.Version):
		return problem(409, "you change version %s, and the note is at version %d: read it again", version, n.Version)
	}
	return nil
}

func remove(c *call, _ []byte) *httpmsg.Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, no := c.mine()
	if no != nil {
		return no
	}
	if conflict := c.conflict(n, nil); conflict != nil {
		return conflict
	}
	delete(c.notes, n.ID)
	c.text -= len(n.Text)
	return empty(204)
}

// matches reports whether the values of If-Match or If-None-Match name a tag.
// Our tags have no comma, so that a comma is always a border.
func matches(values []string, etag string) bool {
	for _, v := range values {
		for tag := range strings.SplitSeq(v, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == "*" || tag == etag {
				return true
			}
		}
	}
	return false
}
