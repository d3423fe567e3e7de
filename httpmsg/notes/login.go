package notes

import (
	"crypto/subtle"
	"fmt"
	"strconv"
	"strings"
	"time"

	"onwire/httpmsg"
)

// passwords of the users there are. They are no secret: the index page has
// them. A real service stores none, but what a slow hash makes of them.
var passwords = map[string]string{"alice": "wonderland", "bob": "builder"}

const (
	tokenLife  = time.Hour
	maxTokens  = 1000        // the oldest ends when one more is handed out
	wrongSpan  = time.Minute // how long a wrong password counts
	wrongLimit = 5           // how many are taken in that time
)

// A session is what a token is for.
type session struct {
	user string
	ends time.Time
}

// login takes user and password, and hands out a token (RFC 6750 4 has the
// shape of the answer).
func login(c *call, b []byte) *httpmsg.Response {
	form, bad := c.object(b, "user", "password")
	if bad != nil {
		return bad
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for len(c.wrong) > 0 && now.Sub(c.wrong[0]) >= wrongSpan {
		c.wrong = c.wrong[1:]
	}
	if len(c.wrong) >= wrongLimit {
		wait := wrongSpan - now.Sub(c.wrong[0])
		return with(problem(429, "%d wrong passwords within %v; wait", wrongLimit, wrongSpan),
			"Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	want, known := passwords[form["user"]]
	if right := subtle.ConstantTimeCompare([]byte(form["password"]), []byte(want)) == 1; !known || !right {
		c.wrong = append(c.wrong, now)
		// One answer for both, so that no one learns which names exist.
		return with(problem(401, "the user or the password is wrong"), "WWW-Authenticate", `Bearer realm="notes"`)
	}
	token := c.newToken()
	if len(c.order) == maxTokens {
		delete(c.tokens, c.order[0])
		c.order = c.order[1:]
	}
	c.order = append(c.order, token)
	c.tokens[token] = session{form["user"], now.Add(tokenLife)}
	return with(object(200, struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Ends  int    `json:"expires_in"`
	}{token, "Bearer", int(tokenLife / time.Second)}), "Cache-Control", "no-store")
}

// authorize finds out who sends a request, from its token alone. It returns
// the answer for one that brings none, or one that is not good (RFC 6750 3).
func (c *call) authorize() *httpmsg.Response {
	challenge := func(parameters, format string, args ...any) *httpmsg.Response {
		return with(problem(401, format, args...), "WWW-Authenticate", `Bearer realm="notes"`+parameters)
	}
	value, ok := c.req.Get("Authorization")
	if !ok {
		return challenge("", "no token: POST /login hands one out, and the next request brings it in Authorization: Bearer TOKEN")
	}
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return challenge("", "Authorization starts with a scheme, and this service takes Bearer: Authorization: Bearer TOKEN")
	}
	token = strings.TrimLeft(token, " ")
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.tokens[token]
	if !ok || !c.now().Before(s.ends) {
		why := "this token is unknown"
		if ok {
			why = "this token has ended"
		}
		return challenge(fmt.Sprintf(`, error="invalid_token", error_description=%q`, why), "%s; POST /login hands out another", why)
	}
	c.user, c.token = s.user, token
	return nil
}

func logout(c *call, _ []byte) *httpmsg.Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tokens, c.token)
	for i, t := range c.order {
		if t == c.token {
			c.order = append(c.order[:i], c.order[i+1:]...)
			break
		}
	}
	return empty(204)
}

func me(c *call, _ []byte) *httpmsg.Response {
	return object(200, map[string]string{"user": c.user})
}
