// Package server answers HTTP/1.1 requests on the connections of a listener
// (RFC 9112). It needs httpmsg alone, and shows what a server has to do
// beside answering: keep connections open, take pipelined requests, refuse
// what two parsers could read differently, and hold clients that are slow,
// silent, or send too much.
//
//	srv := &server.Server{Handler: notes.New(notes.Options{}).Handle}
//	err := srv.Serve(listener)
//
// What makes one connection cheap is that it holds a buffer only while a
// request is on its way.
package server
