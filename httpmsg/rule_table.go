package httpmsg

// A ruleInfo is all that is known of a rule: what RFC 9110, 9112 or 3986 says
// about it, and what parsers in use do. Findings, hints and the lecture's page
// are written from this one table.
type ruleInfo struct {
	name     string
	rfc      string
	request  duty
	response duty   // none: the rule is not for responses
	parsers  string // tried with the versions below; of requests, unless it says otherwise
}

// A duty is what the RFC requires of a program that has read such a message,
// and whether this package refuses it. The Level is that of the requirement;
// Advice is our own, where the RFC requires nothing.
type duty struct {
	level  Level
	does   string // a sentence
	status int    // what a server answers: 400, 501, 505; 0 goes on
}

const grammar = "a server SHOULD answer 400 to what is not in the grammar, and close (RFC 9112 2.2)"

var (
	badLine  = duty{Should, "a server SHOULD answer 400 to an invalid request line, and SHOULD NOT correct it (RFC 9112 3)", 400}
	badBytes = duty{Should, grammar, 400}
	drop     = duty{Advice, "the RFC does not say what a client does; we advise to drop the response", 400}
)

// versions are those of the parsers that were tried, in 2026.
var versions = [...]struct{ name, version string }{
	{"Go", "1.26"}, {"Node", "20"}, {"nginx", "1.22"}, {"Python", "3.11"}, {"curl", "7.88"},
}

// rules is the table. Go is its net/http, Python its http.server, and nginx has
// a server that it passes requests on to.
var rules = [numRules]ruleInfo{
	NoRule: {name: "none"},

	EmptyLineFirst: {"empty-line-first", "RFC 9112 2.2",
		duty{Should, "a server SHOULD ignore at least one empty line before a request", 0}, duty{},
		"Node and nginx ignore it; Go answers 400, Python closes"},
	BareLF: {"bare-lf", "RFC 9112 2.2",
		duty{May, "a recipient MAY take LF alone as the end of a line", 0}, duty{May, "a recipient MAY take LF alone as the end of a line", 0},
		"Go, nginx, Python and curl take it as a line end; Node answers 400"},
	BareCR: {"bare-cr", "RFC 9112 2.2",
		duty{Must, "a recipient MUST refuse the element or read a space in place of the CR", 400}, duty{Must, "a recipient MUST refuse the element or read a space in place of the CR", 400},
		"Go, Node and nginx answer 400; Python takes it as a line end, so only Python sees a header field in what follows"},

	RequestLineSpace: {"request-line-space", "RFC 9112 3",
		duty{May, "a recipient MAY split the line at any whitespace; if it does not, a server SHOULD answer 400", 400}, duty{},
		"Node, nginx and Python accept two spaces, Python also tabs, nginx and Python also a space at the end; Go answers 400 to all"},
	RequestLineParts: {"request-line-parts", "RFC 9112 3", badLine, duty{},
		"Node, nginx and Python read it as HTTP/0.9, and nginx and Python answer without a head; Go answers 400"},
	MethodToken: {"method-token", "RFC 9112 3", badLine, duty{},
		"Go, Node and nginx answer 400, Python 501"},
	MethodCase: {"method-case", "RFC 9110 9.1",
		duty{Should, "an origin server SHOULD answer 501 to a method that it does not know", 0}, duty{},
		"Go hands it on as a method of its own; Node and nginx answer 400, Python 501"},
	TargetBytes: {"target-bytes", "RFC 9112 3.2", badLine, duty{},
		"a space: Go, Node, nginx and Python answer 400; a control character: Python accepts it"},
	TargetUnsafe: {"target-unsafe", "RFC 9112 3",
		duty{Should, "a server SHOULD answer 400 to a target that RFC 3986 does not allow; many accept it", 0}, duty{},
		"{ and }: Go, Node, nginx and Python accept them; a byte of UTF-8: Node answers 400; %zz: Go and nginx answer 400"},
	TargetFragment: {"target-fragment", "RFC 9112 3.2", badLine, duty{},
		"Go, Node, nginx and Python accept it, and do not agree whether # is part of the path: a filter on paths can be passed that way"},
	TargetFormat: {"target-format", "RFC 9112 3.2", badLine, duty{},
		"without a slash: Go, Node and nginx answer 400, Python accepts it; * with GET: nginx answers 400, the others accept it"},
	ConnectTarget: {"connect-target", "RFC 9110 9.3.6",
		duty{Must, "a server MUST reject a CONNECT whose port is empty or invalid", 400}, duty{},
		"Go, Node, nginx and Python do not implement CONNECT by themselves"},
	TargetAuthority: {"target-authority", "RFC 9112 3.2.2", badLine, duty{},
		"nginx answers 400, Node and Python do not look; Go answers 400 to a port that is not a number"},
	TargetUser: {"target-user", "RFC 9110 4.2.4",
		duty{Should, "a recipient SHOULD treat a user before the host as an error", 400}, duty{},
		"nginx answers 400; Go, Node and Python accept it"},
	TargetNoHost: {"target-no-host", "RFC 9110 4.2.1",
		duty{Must, "a recipient MUST reject an http URL without a host", 400}, duty{},
		"nginx answers 400; Go, Node and Python accept it"},
	AbsoluteTarget: {"absolute-target", "RFC 9112 3.2.2",
		duty{Must, "a server MUST accept a whole URL as the target, and use its host", 0}, duty{},
		"Go and nginx use the host of the target; Node and Python hand on the one of Host"},
	VersionFormat: {"version-format", "RFC 9112 2.3", badLine, drop,
		"http in small letters: Go, Node, nginx and Python refuse it; HTTP/1.10: Go and Node answer 400, nginx and Python accept it"},
	VersionUnknown: {"version-unknown", "RFC 9110 6.2",
		duty{May, "a server can refuse a major version, and answers 505 then", 505}, drop,
		"HTTP/2.0 in a request line: Go and nginx answer 505, Python refuses it too, Node reads it as HTTP/1.1"},
	VersionMinor: {"version-minor", "RFC 9110 6.2",
		duty{Should, "a recipient SHOULD read a higher minor version as the highest that it knows", 0}, duty{Should, "a recipient SHOULD read a higher minor version as the highest that it knows", 0},
		"Go, nginx and Python read HTTP/1.2 as HTTP/1.1; Node answers 400"},

	StatusCode: {"status-code", "RFC 9112 4", duty{}, drop,
		"Go and curl want three digits in a response"},
	StatusRange: {"status-range", "RFC 9110 15", duty{},
		duty{Should, "a client SHOULD read a status code outside 100 to 599 as a 5xx", 0},
		"Go and curl hand on 999 of a response as it is"},
	StatusLineFormat: {"status-line-format", "RFC 9112 4", duty{},
		duty{May, "a recipient MAY split the line at any whitespace; a server MUST send one space, also before an empty reason", 0},
		"curl and Go read a status line without a reason, with the space after the code or without"},

	SpaceFirst: {"space-first", "RFC 9112 2.2",
		duty{Must, "a recipient MUST reject the message or ignore those lines", 400}, duty{Must, "a recipient MUST reject the message or ignore those lines", 400},
		"Go, Node and nginx answer 400; Python ignores the line: a header field that it hides is seen by one side only"},
	ObsFold: {"obs-fold", "RFC 9112 5.2",
		duty{Must, "a server MUST answer 400 or read a space in place of the fold", 400}, duty{Must, "a user agent MUST read a space in place of the fold", 0},
		"Go reads a space; Python keeps the line end in the value; Node and nginx answer 400"},
	SpaceBeforeColon: {"space-before-colon", "RFC 9112 5.1",
		duty{Must, "a server MUST answer 400", 400}, duty{Must, "a proxy MUST remove the whitespace from a response", 0},
		"Go, Node and nginx answer 400; Python drops the field and all after it: \"Content-Length : 5\" is a length to one and nothing to another"},
	NoColon: {"no-colon", "RFC 9112 5", badBytes, drop,
		"Go and Node answer 400; nginx reads a field without a value; Python drops it and all that follows"},
	NameToken: {"name-token", "RFC 9110 5.1", badBytes, drop,
		"Go and Node answer 400; nginx drops a field with such a name, and Python hands it on"},
	ValueBytes: {"value-control", "RFC 9110 5.5",
		duty{May, "the character is invalid, and a recipient MAY keep it where that is safe; we advise 400", 400}, duty{May, "the character is invalid, and a recipient MAY keep it where that is safe", 0},
		"Go and Node answer 400; nginx and Python hand it on"},
	ValueNUL: {"value-nul", "RFC 9110 5.5",
		duty{Must, "a recipient MUST reject the message or read a space in place of the NUL", 400}, duty{Must, "a recipient MUST reject the message or read a space in place of the NUL", 400},
		"Go, Node and nginx answer 400; Python hands it on, and a program in C ends the value there"},
	ValueObsText: {"value-not-ascii", "RFC 9110 5.5",
		duty{Should, "a recipient SHOULD treat such bytes as opaque data", 0}, duty{Should, "a recipient SHOULD treat such bytes as opaque data", 0},
		"Go, Node, nginx and Python accept it: Node and Python read Latin-1, Go hands on the bytes, and most senders meant UTF-8"},

	NoHost: {"no-host", "RFC 9112 3.2", duty{Must, "a server MUST answer 400", 400}, duty{},
		"Go, Node and nginx answer 400; Python does not look"},
	TwoHosts: {"two-hosts", "RFC 9112 3.2", duty{Must, "a server MUST answer 400", 400}, duty{},
		"Go and nginx answer 400; Node and Python use the first: after a proxy that uses the last, it is another site"},
	HostFormat: {"host-format", "RFC 9112 3.2", duty{Must, "a server MUST answer 400 to an invalid Host", 400}, duty{},
		"a space or a slash: Go and nginx answer 400, Node and Python hand it on; a user before @: nginx accepts it too"},
	HostDiffers: {"host-differs", "RFC 9112 3.2.2",
		duty{Must, "a server MUST ignore Host where the target names a host", 0}, duty{},
		"Go and nginx use the host of the target; Node and Python the one of Host"},

	TwoLengths: {"two-lengths", "RFC 9110 8.6",
		duty{May, "a recipient MAY refuse the same length twice, or read it once", 0}, duty{May, "a recipient MAY refuse the same length twice, or read it once", 0},
		"Go accepts two fields with one number, and answers 400 to \"2, 2\"; Node and nginx answer 400 to both; Python accepts two fields"},
	UnequalLengths: {"unequal-lengths", "RFC 9112 6.3",
		duty{Must, "a server MUST answer 400, and close", 400}, duty{Must, "a user agent MUST close, and drop the response", 400},
		"Go, Node and nginx answer 400; Python uses the first, curl the last: the rest is then read as another message"},
	LengthFormat: {"length-format", "RFC 9112 6.3",
		duty{Must, "a server MUST answer 400, and close", 400}, duty{Must, "a user agent MUST close, and drop the response", 400},
		"Go, Node and nginx answer 400 to +2, 0x2 and what is too large; Python accepts +2, and closes without an answer on the others"},
	EmptyElement: {"empty-element", "RFC 9110 5.6.1.2",
		duty{Must, "a recipient MUST ignore a reasonable number of empty elements in a list", 0}, duty{Must, "a recipient MUST ignore a reasonable number of empty elements in a list", 0},
		"in Content-Length: Go, Node and nginx answer 400; before chunked: Node ignores it, Go and nginx answer 501"},
	LengthWithTE: {"length-with-te", "RFC 9112 6.1",
		duty{May, "a server MAY answer 400, or read the chunks alone; it MUST close either way", 400}, duty{Advice, "the chunks count (RFC 9112 6.3); we advise to treat it as an error, for a server MUST NOT send both", 0},
		"Go reads the chunks, Python the length, Node and nginx answer 400: what one of them leaves over is a smuggled request"},
	TENotChunked: {"te-not-chunked", "RFC 9112 6.3",
		duty{Must, "a server MUST answer 400, and close", 400}, duty{},
		"Go and nginx answer 501, Node 400; Python sees no body, and reads it as the next request"},
	TEChunkedTwice: {"te-chunked-twice", "RFC 9112 6.1",
		duty{Advice, "a sender MUST NOT do it; what a server does is open, and we advise 400", 400}, duty{Advice, "a sender MUST NOT do it; what a client does is open, and we advise to drop the response", 400},
		"Go answers 501, Node 400, nginx one or the other; Python sees no body"},
	TEOldVersion: {"te-old-version", "RFC 9112 6.1",
		duty{Must, "a recipient MUST treat the framing as faulty, and close", 400}, duty{Must, "a recipient MUST treat the framing as faulty, and close", 0},
		"Node reads the chunks; Go sees no body; nginx answers 400"},
	TECoded: {"te-coded", "RFC 9112 6.1",
		duty{Should, "a server SHOULD answer 501 to a coding that it does not know", 501}, duty{Advice, "the RFC does not say what a client does with a coding that it does not know", 0},
		"Go and nginx answer 501; Node removes the chunks and hands on what is inside as it is"},
	TEUnknown: {"te-unknown", "RFC 9112 6.1",
		duty{Should, "a server SHOULD answer 501 to a coding that it does not know", 501}, duty{Advice, "the RFC does not say what a client does with a coding that it does not know", 0},
		"Go and nginx answer 501, Node 400 if no chunked follows; Python does not look at Transfer-Encoding and reads the body as the next request"},
	TEFormat: {"te-format", "RFC 9112 7.1",
		duty{Should, "a parameter of chunked SHOULD be treated as an error, and so should what is not in the grammar", 400}, duty{Should, "a parameter of chunked SHOULD be treated as an error", 400},
		"Go and nginx answer 501, Node 400, but accepts an empty field; a program that looks for the letters \"chunked\" anywhere accepts all"},
	BodyNotAllowed: {"body-not-allowed", "RFC 9110 8.6", duty{},
		duty{Must, "a server MUST NOT send a length with 1xx or 204; a client sees no body", 0},
		"curl and Go see no body in such a response; a proxy that believes the field waits for one"},
	BodyUnasked: {"body-unasked", "RFC 9110 9.3.1",
		duty{Should, "a client SHOULD NOT send a body with GET, HEAD or DELETE, and MUST NOT with TRACE", 0}, duty{},
		"Go and Node read it and nginx hands it on; a handler of Python for GET does not read it, and its bytes are the next request"},

	ChunkSizeZeros: {"chunk-size-zeros", "RFC 9112 7.1",
		duty{Advice, "leading zeros are allowed; we advise to limit their number", 0}, duty{Advice, "leading zeros are allowed; we advise to limit their number", 0},
		"Go, Node and nginx accept a few; twenty of them: Node and nginx accept them, Go answers 400"},
	ChunkExtension: {"chunk-extension", "RFC 9112 7.1.1",
		duty{Must, "a recipient MUST ignore an extension that it does not know", 0}, duty{Must, "a recipient MUST ignore an extension that it does not know", 0},
		"Go, Node and nginx ignore it"},
	ChunkExtSpace: {"chunk-ext-space", "RFC 9110 5.6.3",
		duty{Must, "a sender MUST NOT send whitespace there; a recipient MUST remove it", 0}, duty{Must, "a sender MUST NOT send whitespace there; a recipient MUST remove it", 0},
		"before the semicolon: Go and Node answer 400, nginx accepts it; after it: Node answers 400, Go and nginx accept it"},
	ChunkExtFormat: {"chunk-ext-format", "RFC 9112 7.1.1", badBytes, drop,
		"spaces after the size, a semicolon alone, an open quote, a control character: Node answers 400, Go and nginx accept them; an empty name or value: all three accept it; a CR: all three answer 400"},
	ChunkLF: {"chunk-lf", "RFC 9112 7.1", badBytes, drop,
		"nginx accepts it, Go and Node answer 400: two programs that differ see other chunks"},
	TrailerLF: {"trailer-lf", "RFC 9112 2.2",
		duty{May, "a recipient MAY take LF alone as the end of a field; we advise 400, for the end of the chunks moves with it", 400}, duty{May, "a recipient MAY take LF alone as the end of a field; we advise to drop the response", 400},
		"nginx accepts it, Go and Node answer 400"},
	TrailerForbidden: {"trailer-forbidden", "RFC 9112 7.1.2",
		duty{Must, "a recipient MUST NOT merge it into the head", 0}, duty{Must, "a recipient MUST NOT merge it into the head", 0},
		"nginx drops all trailers, Go and Node hand them on apart from the head, and Node answers 400 to Content-Length there"},
}
