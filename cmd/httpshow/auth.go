package main

import (
	"encoding/base64"
	"slices"
	"strings"

	"onwire/httpmsg"
	"onwire/internal/cli"
)

// authorize sends the user and password of -u, or of the URL, as Basic (RFC
// 7617). An Authorization of -H wins.
func (j *job) authorize(o *getOptions, own []given, add func(name, value string)) error {
	user, password, from := "", "", ""
	switch {
	case o.user != "":
		var ok bool
		if user, password, ok = strings.Cut(o.user, ":"); !ok {
			return cli.Misuse("write -u USER:PASSWORD; a password may be empty", "-u %q has no colon%s", o.user, wideColon(o.user))
		}
		from = "-u"
	case j.url.User.Len() > 0:
		name, secret, _ := strings.Cut(j.url.Text(j.url.User), ":")
		user, _ = httpmsg.Decode(name) // ParseURL has checked both
		password, _ = httpmsg.Decode(secret)
		if strings.Contains(user, ":") {
			return cli.Misuse("Basic has no way to send such a name (RFC 7617 2)", "%q: the user name has a colon", j.url.Raw)
		}
		from = "the URL"
	default:
		add("Authorization", "")
		return nil
	}
	if slices.ContainsFunc(own, func(h given) bool { return strings.EqualFold(h.name, "Authorization") }) {
		add("Authorization", "")
		j.notes = append(j.notes, "the user and password of "+from+" are not sent: -H has an Authorization of its own")
		return nil
	}
	add("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	where := "any program on the way can read it"
	if j.secure {
		where = "TLS does, on the way"
	}
	j.notes = append(j.notes, "the user and password of "+from+" are sent as Authorization: Basic; base64 hides nothing, "+where+" (RFC 7617 4)")
	return nil
}
