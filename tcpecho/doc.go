// Package tcpecho is the echo service of RFC 862, over TCP and over UDP: a
// Server that one would put into production, a Client, and a Load generator.
//
// Echo is the smallest service that meets everything TCP does and does not
// promise. The bytes come back in order and once, but not in the pieces in
// which they were written; a FIN ends one direction and not the other; a peer
// may stop reading for ever; a reset destroys what is still in flight.
//
//	srv := &tcpecho.Server{IdleTimeout: 5 * time.Minute, WriteTimeout: 30 * time.Second}
//	go srv.Serve(listener)
//	...
//	err := srv.Shutdown(ctx) // every byte that was read is echoed, then FIN
//
// Nothing here dials, listens or sleeps by itself: listeners, connections and
// the clock are given, so that the same code runs on the kernel's network and
// on one that is made of software.
package tcpecho
