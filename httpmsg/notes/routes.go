package notes

import "onwire/httpmsg"

// A route is one thing that the service does. The index page is made of them.
type route struct {
	method, path string
	login        bool     // wants a token
	takes        []string // the media types of its body; nil takes none
	codes        string   // what it answers, beside 401 where it wants a token
	about        string
	run          func(*call, []byte) *httpmsg.Response
}

var (
	asObject = []string{"application/json", "application/x-www-form-urlencoded"}
	asNote   = []string{"application/json", "application/x-www-form-urlencoded", "text/plain"}
	asPatch  = []string{"application/merge-patch+json", "application/json"}
	asAny    = []string{"*/*"}
)

// routes are filled in by init, since the index page reads them.
var routes []route

func init() {
	routes = []route{
		{"GET", "/", false, nil, "200", "this page", index},
		{"POST", "/login", false, asObject, "200 400 401 413 415 429", "user and password; a token for an hour", login},
		{"POST", "/logout", true, nil, "204", "ends the token", logout},
		{"GET", "/me", true, nil, "200", "whose token it is", me},
		{"GET", "/notes", true, nil, "200 400", "your notes; ?q=word looks for a word", list},
		{"POST", "/notes", true, asNote, "201 400 409 413 415 507", "a new note; 409 if its id is taken", create},
		{"GET", "/notes/{id}", true, nil, "200 304 403 404", "a note; 304 if If-None-Match has its ETag", read},
		{"PUT", "/notes/{id}", true, asNote, "200 201 400 403 409 412 413 415 507", "a note at that place, new or changed", put},
		{"PATCH", "/notes/{id}", true, asPatch, "200 400 403 404 409 412 413 415 507", "changes a part; 409 if \"version\" is old", patch},
		{"DELETE", "/notes/{id}", true, nil, "204 403 404 412", "takes it away", remove},
		{"GET", "/old", false, nil, "301", "has moved to /notes", old},
		{"GET", "/media/text", false, nil, "200", "text/plain, in UTF-8", mediaText},
		{"GET", "/media/json", false, nil, "200", "application/json", mediaJSON},
		{"GET", "/media/form", false, nil, "200", "application/x-www-form-urlencoded", mediaForm},
		{"GET", "/media/multipart", false, nil, "200", "multipart/form-data, of two parts", mediaMultipart},
		{"GET", "/media/png", false, nil, "200", "image/png, 8 x 8", mediaPNG},
		{"GET", "/media/gzip", false, nil, "200", "text/plain, packed by gzip", mediaGzip},
		{"GET", "/chunked", false, nil, "200", "a body in chunks, and a trailer", chunked},
		{"POST", "/mirror", false, asAny, "200 413", "your body back, of any type", mirror},
		{"GET", "/crash", false, nil, "500", "a fault in the program", crash},
		{"GET", "/down", false, nil, "503", "always down for maintenance", outOfOrder},
	}
}
