package notes_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"onwire/httpmsg"
	"onwire/httpmsg/notes"
)

// A world is a service, with a clock that is moved by hand.
type world struct {
	t      *testing.T
	s      *notes.Service
	now    time.Time
	tokens map[string]string // by user
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: time.Unix(1e9, 0), tokens: map[string]string{}}
	w.s = notes.New(notes.Options{Now: func() time.Time { return w.now }})
	for user, password := range map[string]string{"alice": "wonderland", "bob": "builder"} {
		r := w.ask("POST /login", "", fmt.Sprintf(`{"user":%q,"password":%q}`, user, password))
		var got map[string]any
		if err := json.Unmarshal(r.Body, &got); err != nil || r.Status != 200 || got["token_type"] != "Bearer" {
			t.Fatalf("login: %d %s", r.Status, r.Body)
		}
		w.tokens[user] = got["access_token"].(string)
	}
	return w
}

// ask sends "METHOD TARGET", as a user if one is named. A body is JSON unless a
// header says otherwise.
func (w *world) ask(line, user, body string, headers ...string) *httpmsg.Response {
	w.t.Helper()
	text := line + " HTTP/1.1\r\nHost: h\r\n"
	if user != "" {
		text += "Authorization: Bearer " + w.tokens[user] + "\r\n"
	}
	if body != "" && !strings.Contains(strings.Join(headers, " "), "Content-Type") {
		text += "Content-Type: application/json\r\n"
	}
	for _, h := range headers {
		text += h + "\r\n"
	}
	var head httpmsg.Head
	if err := head.ParseRequest([]byte(text+"\r\n"), &httpmsg.Limits{}); err != nil {
		w.t.Fatal(err)
	}
	now, later := w.s.Handle(&head)
	if (now == nil) == (later == nil) {
		w.t.Fatalf("%s: want an answer now, or one from the body", line)
	}
	if later != nil {
		now = later([]byte(body))
	}
	return now
}

func header(r *httpmsg.Response, name string) string {
	for _, p := range r.Headers {
		if strings.EqualFold(p.Name, name) {
			return p.Value
		}
	}
	return ""
}

// TestStatuses: each status can be had, and says what RFC 9110 wants with it.
func TestStatuses(t *testing.T) {
	form := "Content-Type: application/x-www-form-urlencoded"
	seen := map[int]bool{}
	for _, tt := range []struct {
		line, user, body string
		headers          []string
		status           int
		name, value      string // of a header field that must be there
	}{
		{"GET /", "", "", nil, 200, "Content-Type", "text/plain; charset=utf-8"},
		{"GET /", "", "", []string{"Accept: text/html"}, 200, "Content-Type", "text/html; charset=utf-8"},
		{"GET /notes?q=milk", "alice", "", nil, 200, "Content-Type", "application/json"},
		{"POST /login", "", "user=bob&password=builder", []string{form}, 200, "Cache-Control", "no-store"},
		{"POST /notes", "bob", `{"text":"x"}`, nil, 201, "Location", "/notes/3"},
		{"POST /notes", "bob", "text", []string{"Content-Type: text/plain"}, 201, "ETag", `"3-1"`},
		{"PUT /notes/7", "bob", `{"text":"x"}`, nil, 201, "Location", "/notes/7"},
		{"PUT /notes/1", "alice", `{"text":"x"}`, nil, 200, "ETag", `"1-2"`},
		{"PATCH /notes/1", "alice", `{"text":"x","version":1}`, []string{"Content-Type: application/merge-patch+json"}, 200, "ETag", `"1-2"`},
		{"DELETE /notes/1", "alice", "", nil, 204, "", ""},
		{"POST /logout", "alice", "", nil, 204, "", ""},
		{"OPTIONS /notes", "", "", nil, 204, "Allow", "GET, HEAD, POST, OPTIONS"},
		{"GET /old", "", "", nil, 301, "Location", "/notes"},
		{"GET /notes/", "", "", nil, 301, "Location", "/notes"},
		{"GET /notes/1", "alice", "", []string{`If-None-Match: "9-9", W/"1-1"`}, 304, "ETag", `"1-1"`},
		{"POST /login", "", `{"user":`, nil, 400, "", ""},
		{"POST /login", "", `{"user":"bob"}`, nil, 400, "", ""},
		{"POST /notes", "bob", `{"text":"x","id":10000}`, nil, 400, "", ""},
		{"GET /notes", "", "", nil, 401, "WWW-Authenticate", `Bearer realm="notes"`},
		{"GET /notes", "", "", []string{"Authorization: abc"}, 401, "WWW-Authenticate", `Bearer realm="notes"`},
		{"GET /notes", "", "", []string{"Authorization: Bearer abc"}, 401, "WWW-Authenticate", `Bearer realm="notes", error="invalid_token", error_description="this token is unknown"`},
		{"GET /notes/1", "bob", "", nil, 403, "", ""},
		{"PUT /notes/1", "bob", `{"text":"x"}`, nil, 403, "", ""},
		{"GET /nothing", "", "", nil, 404, "", ""},
		{"GET /notes/9999", "bob", "", nil, 404, "", ""},
		{"DELETE /notes", "bob", "", nil, 405, "Allow", "GET, HEAD, POST, OPTIONS"},
		{"TRACE /", "", "", nil, 405, "Allow", "GET, HEAD, OPTIONS"},
		{"POST /notes", "bob", `{"text":"x","id":1}`, nil, 409, "", ""},
		{"PATCH /notes/1", "alice", `{"text":"x","version":7}`, nil, 409, "", ""},
		{"PUT /notes/1", "alice", `{"text":"x"}`, []string{`If-Match: "0"`}, 412, "", ""},
		{"PATCH /notes/1", "alice", "x", []string{"Content-Type: text/plain"}, 415, "Accept-Patch", "application/merge-patch+json, application/json"},
		{"POST /notes", "bob", "x", []string{"Content-Type: image/png"}, 415, "Accept", "application/json, application/x-www-form-urlencoded, text/plain"},
		{"BREW /", "", "", nil, 501, "", ""},
		{"CONNECT h:443", "", "", nil, 501, "", ""},
		{"GET /down", "", "", nil, 503, "Retry-After", "30"},
	} {
		r := newWorld(t).ask(tt.line, tt.user, tt.body, tt.headers...)
		seen[r.Status] = true
		if r.Status != tt.status || tt.name != "" && header(r, tt.name) != tt.value {
			t.Errorf("%s as %q: %d, %s: %q; want %d, %q\n%s", tt.line, tt.user, r.Status, tt.name, header(r, tt.name), tt.status, tt.value, r.Body)
		}
	}
	t.Logf("statuses: %v", slices.Sorted(maps.Keys(seen)))
}

// TestStateless: nothing of one request is left for the next.
func TestStateless(t *testing.T) {
	w := newWorld(t)
	if r := w.ask("GET /me", "alice", ""); r.Status != 200 || string(r.Body) != "{\"user\":\"alice\"}\n" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.ask("GET /me", "", ""); r.Status != 401 {
		t.Errorf("without the token: %d", r.Status)
	}
}

// TestTokenEnds: after an hour, and with a logout.
func TestTokenEnds(t *testing.T) {
	w := newWorld(t)
	w.now = w.now.Add(time.Hour - 1)
	if r := w.ask("GET /me", "alice", ""); r.Status != 200 {
		t.Errorf("just before its end: %d", r.Status)
	}
	w.ask("POST /logout", "bob", "")
	if r := w.ask("GET /me", "bob", ""); r.Status != 401 {
		t.Errorf("after the logout: %d", r.Status)
	}
	w.now = w.now.Add(1)
	if r := w.ask("GET /me", "alice", ""); r.Status != 401 || !strings.Contains(header(r, "WWW-Authenticate"), "this token has ended") {
		t.Errorf("after an hour: %d %v", r.Status, r.Headers)
	}
}

// TestWrongPasswords: five are told, the sixth login in a minute is 429, and a
// minute later all is well.
func TestWrongPasswords(t *testing.T) {
	w := newWorld(t)
	wrong, right := `{"user":"alice","password":"x"}`, `{"user":"alice","password":"wonderland"}`
	for i := range 5 {
		if r := w.ask("POST /login", "", wrong); r.Status != 401 || header(r, "WWW-Authenticate") == "" {
			t.Errorf("wrong password %d: %d", i, r.Status)
		}
		w.now = w.now.Add(time.Second)
	}
	if r := w.ask("POST /login", "", right); r.Status != 429 || header(r, "Retry-After") != "55" {
		t.Errorf("%d, Retry-After %q", r.Status, header(r, "Retry-After"))
	}
	w.now = w.now.Add(55 * time.Second)
	if r := w.ask("POST /login", "", right); r.Status != 200 {
		t.Errorf("a minute later: %d", r.Status)
	}
}

// TestBounds: notes and tokens have an end.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	last := 0
	for range 1001 {
		last = w.ask("POST /notes", "bob", `{"text":"x"}`).Status
	}
	if last != 507 {
		t.Errorf("note 1003: %d", last)
	}
	for range 1001 {
		w.ask("POST /login", "", `{"user":"bob","password":"builder"}`)
	}
	if r := w.ask("GET /me", "alice", ""); r.Status != 401 {
		t.Errorf("the oldest token outlived a thousand others: %d", r.Status)
	}
}

// TestIndex: the page names everything that there is.
func TestIndex(t *testing.T) {
	w := newWorld(t)
	page := string(w.ask("GET /", "", "").Body)
	for _, path := range []string{"/login", "/notes/{id}", "/media/gzip", "wonderland"} {
		if !strings.Contains(page, path) {
			t.Errorf("the page does not have %s", path)
		}
	}
	for line := range strings.Lines(page) {
		if len(line) > 81 {
			t.Errorf("wider than 80 columns: %s", line)
		}
	}
}

// TestMedia: every body is what its Content-Type says.
func TestMedia(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{"text": "text", "json": "JSON", "form": "form", "multipart": "multipart", "png": "image", "gzip": "text"} {
		r := w.ask("GET /media/"+path, "", "")
		m := httpmsg.ParseMedia(header(r, "Content-Type"))
		body := r.Body
		if coding := header(r, "Content-Encoding"); coding != "" {
			var err error
			if body, _, err = httpmsg.DecodeContent(coding, body, 1<<20); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		ok := m.Kind.String() == want
		switch want {
		case "text":
			ok = ok && httpmsg.IsText(body) && strings.Contains(string(body), "你好")
		case "JSON":
			ok = ok && json.Valid(body)
		case "multipart":
			parts, err := httpmsg.Parts(body, m.Boundary, 10)
			ok = ok && err == nil && len(parts) == 2 && parts[1].FileName == "dot.png"
		case "image":
			format, width, height, err := httpmsg.ImageSize(body)
			ok = ok && err == nil && format == "png" && width == 8 && height == 8
		}
		if !ok {
			t.Errorf("%s: %v: %q", path, m.Kind, body)
		}
	}
}
