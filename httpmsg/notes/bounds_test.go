package notes_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTextIsBounded: all notes together hold 512 KiB of text. A note that is
// taken away or made shorter makes room.
func TestTextIsBounded(t *testing.T) {
	w := newWorld(t)
	body := func(n int) string { return fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", n)) }
	const large = 60 << 10
	made, status := 0, 201
	for status == 201 && made < 1000 {
		if status = w.ask("POST /notes", "alice", body(large)).Status; status == 201 {
			made++
		}
	}
	if status != 507 || made != 512<<10/large {
		t.Fatalf("%d notes of %d bytes, then %d", made, large, status)
	}
	if r := w.ask("PATCH /notes/1", "alice", body(large)); r.Status != 507 {
		t.Errorf("a longer text is answered with %d", r.Status)
	}
	if r := w.ask("PUT /notes/3", "alice", body(10)); r.Status != 200 {
		t.Errorf("a shorter text is answered with %d", r.Status)
	}
	if r := w.ask("PATCH /notes/1", "alice", body(large)); r.Status != 200 {
		t.Errorf("with room again: %d", r.Status)
	}
	if r := w.ask("DELETE /notes/4", "alice", ""); r.Status != 204 {
		t.Fatal(r.Status)
	}
	if r := w.ask("POST /notes", "alice", body(large)); r.Status != 201 {
		t.Errorf("after a DELETE: %d", r.Status)
	}
}

// TestIDs: whoever makes and deletes notes for long never gets one that cannot
// be named.
func TestIDs(t *testing.T) {
	w := newWorld(t)
	for range 10_050 {
		r := w.ask("POST /notes", "alice", `{"text":"x"}`)
		at := ""
		for _, h := range r.Headers {
			if h.Name == "Location" {
				at = h.Value
			}
		}
		if r = w.ask("DELETE "+at, "alice", ""); r.Status != 204 {
			t.Fatalf("DELETE %s: %d", at, r.Status)
		}
		// The number that has become free is not given out again at once.
		w.ask("PUT /notes/9998", "alice", `{"text":"x"}`)
	}
}
