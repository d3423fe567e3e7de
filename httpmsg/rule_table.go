package httpmsg

type ruleInfo struct {
	name     string
	rfc      string
	status   int  // that a server answers; 0 is none
	response bool // a response that breaks the rule is refused too
	parsers  string
}

// rules says of each rule what it is called, where it is written, what a server
// answers, and what parsers in use do. The last was tried, in 2026: Go is
// net/http of Go 1.26, Node is its 20, nginx 1.22 with a server behind it,
// Python is http.server of 3.11, curl 7.88.
var rules = [numRules]ruleInfo{
	NoRule: {"none", "", 0, false, ""},

	EmptyLineFirst: {"empty-line-first", "RFC 9112 2.2", 0, false,
		"Node and nginx pass over it, as the RFC asks of a server; Go answers 400, Python closes"},
	BareLF: {"bare-lf", "RFC 9112 2.2", 0, false,
		"Go, nginx, Python and curl take it for a line end, as the RFC allows; Node answers 400"},
	BareCR: {"bare-cr", "RFC 9112 2.2", 400, true,
		"Go, Node and nginx answer 400; Python takes it for a line end, so that what follows is a header field to it alone"},

	RequestLineSpace: {"request-line-space", "RFC 9112 3", 400, false,
		"Node, nginx and Python take two spaces, Python tabs too, nginx and Python a space at the end; Go answers 400 to all"},
	RequestLineParts: {"request-line-parts", "RFC 9112 3", 400, false,
		"Node, nginx and Python answer it as HTTP/0.9; Go answers 400"},
	MethodToken: {"method-token", "RFC 9110 9.1", 400, false,
		"Go, Node and nginx answer 400, Python 501"},
	MethodCase: {"method-case", "RFC 9110 9.1", 0, false,
		"Go and Python hand it on as a method of its own; Node and nginx answer 400"},
	TargetBytes: {"target-bytes", "RFC 9112 3.2", 400, false,
		"a space: Go, Node, nginx and Python answer 400; a control character: Python takes it"},
	TargetUnsafe: {"target-unsafe", "RFC 3986 2", 0, false,
		"{ and }: all four take them; a byte of UTF-8: Go, nginx and Python take it, Node answers 400"},
	TargetFragment: {"target-fragment", "RFC 9112 3.2", 400, false,
		"Go, Node, nginx and Python take it, and do not agree whether # is part of the path: a filter on paths can be passed so"},
	TargetFormat: {"target-format", "RFC 9112 3.2", 400, false,
		"without a slash: Go, Node and nginx answer 400, Python takes it; * with GET: Node and Python take it"},
	AbsoluteTarget: {"absolute-target", "RFC 9112 3.2.2", 0, false,
		"Go and nginx take the host of the target, as the RFC has it; Node and Python hand on the one of Host"},
	VersionFormat: {"version-format", "RFC 9112 2.3", 400, true,
		"http in small letters: all four refuse it; HTTP/1.10: Go and Node answer 400, nginx and Python take it"},
	VersionUnknown: {"version-unknown", "RFC 9110 15.6.6", 505, true,
		"HTTP/2.0 in a request line: Go and nginx answer 505, Python refuses it too, Node takes it as HTTP/1.1"},
	VersionMinor: {"version-minor", "RFC 9110 2.5", 0, false,
		"Go, nginx and Python take HTTP/1.2 as HTTP/1.1, as the RFC has it; Node answers 400"},

	StatusCode: {"status-code", "RFC 9112 4", 400, true,
		"Go wants three digits, and takes 999; the RFC wants a client to treat one outside 100 to 599 as 5xx"},
	StatusLineFormat: {"status-line-format", "RFC 9112 4", 0, false,
		"curl and Go take a status line that has no reason, with the space behind the code or without"},

	SpaceFirst: {"space-first", "RFC 9112 2.2", 400, true,
		"Go, Node and nginx answer 400; Python drops the line: a header field that it hides is seen by one side only"},
	ObsFold: {"obs-fold", "RFC 9112 5.2", 400, false,
		"Go puts a space for it; Python keeps the line end in the value; Node and nginx answer 400"},
	SpaceBeforeColon: {"space-before-colon", "RFC 9112 5.1", 400, false,
		"Go, Node and nginx answer 400; Python drops the field and all after it: \"Content-Length : 5\" is a length to one and nothing to another"},
	NoColon: {"no-colon", "RFC 9112 5", 400, true,
		"Go and Node answer 400; nginx drops the line; Python drops all that follows too"},
	NameToken: {"name-token", "RFC 9110 5.1", 400, true,
		"Go and Node answer 400; nginx drops a field with such a name, and Python hands it on"},
	ValueBytes: {"value-control", "RFC 9110 5.5", 400, false,
		"Go, Node and nginx answer 400; Python hands it on"},
	ValueNUL: {"value-nul", "RFC 9110 5.5", 400, true,
		"Go, Node and nginx answer 400; Python hands it on, and a program in C ends the value there"},
	ValueObsText: {"value-not-ascii", "RFC 9110 5.5", 0, false,
		"all take it: Node and Python read it as Latin-1, Go hands on the bytes, and most senders meant UTF-8"},

	NoHost: {"no-host", "RFC 9112 3.2", 400, false,
		"Go, Node and nginx answer 400; Python does not look"},
	TwoHosts: {"two-hosts", "RFC 9112 3.2", 400, false,
		"Go and nginx answer 400; Node and Python take the first: behind a proxy that takes the last, it is another site"},
	HostFormat: {"host-format", "RFC 9112 3.2", 400, false,
		"a space or a slash: Go and nginx answer 400, Node and Python hand it on; a user before @: nginx takes it too"},
	HostDiffers: {"host-differs", "RFC 9112 3.2.2", 0, false,
		"Go and nginx take the host of the target, as the RFC has it; Node and Python the one of Host"},

	TwoLengths: {"two-lengths", "RFC 9110 8.6", 0, false,
		"Go takes two fields with one number, and not \"2, 2\"; Node and nginx answer 400 to both; the RFC allows either"},
	UnequalLengths: {"unequal-lengths", "RFC 9112 6.3", 400, true,
		"Go, Node and nginx answer 400; Python takes the first, curl takes the last: the rest is then read as another message"},
	LengthFormat: {"length-format", "RFC 9110 8.6", 400, true,
		"Go, Node and nginx answer 400 to +2, 0x2 and what is too large; Python takes +2, and closes without an answer on the others"},
	LengthWithTE: {"length-with-te", "RFC 9112 6.1", 400, false,
		"Go reads the chunks, Python the length, Node and nginx answer 400: what the two ways leave over is a request smuggled in"},
	TENotChunked: {"te-not-chunked", "RFC 9112 6.3", 400, false,
		"Go and nginx answer 501, Node 400; Python sees no body, and reads it as the next request"},
	TEChunkedTwice: {"te-chunked-twice", "RFC 9112 6.1", 400, true,
		"Go answers 501, Node 400, nginx one or the other; Python sees no body"},
	TEOldVersion: {"te-old-version", "RFC 9112 6.1", 400, false,
		"Node reads the chunks; Go sees no body; nginx answers 400"},
	TECoded: {"te-coded", "RFC 9112 6.1", 501, false,
		"Go and nginx answer 501; Node takes off the chunks and hands on what is below as it is"},
	TEUnknown: {"te-unknown", "RFC 9112 6.1", 501, false,
		"Go and nginx answer 501, Node 400; Python does not look at Transfer-Encoding and reads the body as the next request"},
	TEFormat: {"te-format", "RFC 9112 7", 400, true,
		"Go and nginx answer 501, Node 400; one that looks for the letters \"chunked\" anywhere would take it"},
	BodyNotAllowed: {"body-not-allowed", "RFC 9110 8.6", 0, false,
		"curl and Go see no body, whatever the fields say; a proxy that believes them waits for one"},

	ChunkSizeZeros: {"chunk-size-zeros", "RFC 9112 7.1", 0, false,
		"all take a few; twenty of them: Node and nginx take them, Go does not"},
	ChunkExtension: {"chunk-extension", "RFC 9112 7.1.1", 0, false,
		"Go, Node and nginx drop it unread, as the RFC asks of who does not know it"},
	ChunkExtFormat: {"chunk-ext-format", "RFC 9112 7.1.1", 400, true,
		"a space behind the size, a control character: Go and nginx take them, Node answers 400; a CR: only some see a line end in it"},
	ChunkLF: {"chunk-lf", "RFC 9112 7.1", 400, true,
		"behind the data: Go and nginx take it; behind the size: nginx takes it, Go does not; Node answers 400: two that differ see different chunks"},
	TrailerForbidden: {"trailer-forbidden", "RFC 9110 6.5.1", 0, false,
		"Go and nginx drop Content-Length from trailers, Node answers 400; one that merged it into the head would frame by it"},
}
