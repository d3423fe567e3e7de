// Package httpmsg is HTTP/1.1 as bytes: requests and responses (RFC 9110 and
// RFC 9112) with the offset of every part, and the URLs they are made from
// (RFC 3986 beside the WHATWG URL Standard).
//
// A message is a head, and a body that the head says where it ends:
//
//	GET /a?x=1 HTTP/1.1 CRLF     start line: method SP target SP version
//	Host: example.org CRLF       header fields, one a line
//	CRLF                         an empty line ends the head
//	...                          the body: by Content-Length, chunked, or
//	                             up to the close of the connection
//
// There are three ways in.
//
//   - Head.ParseRequest and Head.ParseResponse read a head and allocate nothing
//     when a Head is used again.
//   - ParseRequest and ParseResponse read a whole message that is in memory;
//     Message.Fields names all its bytes.
//   - Reader reads one message after another from a connection: the head, then
//     the body as an io.Reader, with every length bounded by Limits.
//
// Parsing is lenient so that a wrong message can be looked at, and says what is
// wrong: a Finding has the rule, its place, its RFC, and what other parsers do
// with it. Two parsers that read one message differently are how requests are
// smuggled past a proxy. Head.Refused returns the first finding that a server
// refuses; Reader refuses it by itself unless it is lenient.
//
// Message.Append writes a parsed message, the same bytes again. Request and
// Response are for building one: nothing is added that was not asked for, and
// what would not be one message is refused.
//
// The package needs the standard library alone, and not net/http, which hides the
// order, the case and the framing of what it reads.
package httpmsg
