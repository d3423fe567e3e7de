// Package notes is a small service to talk HTTP to: notes behind a login. It
// is logic only. A Service turns the head and the body of a request into a
// response, and knows nothing of connections; package server has those.
//
//	POST /login         user and password    ->  200 and a token
//	GET /notes          with the token       ->  200 and the notes
//	DELETE /notes/1     with the token       ->  204
//	DELETE /notes/1     without              ->  401
//
// The service keeps no memory of who has talked to it: each request has to
// bring its token (RFC 6750 2.1). Every status code that a beginner meets can
// be had from it; the page at / says how.
package notes
