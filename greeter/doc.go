// Package greeter is the course's gRPC service, both ends of it: four methods,
// one of each kind, over any net.Listener and any dial function.
//
//	srv := &greeter.Server{}
//	go srv.Serve(listener)
//
//	client, err := greeter.NewClient("127.0.0.1:8888", greeter.ClientOptions{})
//	reply, err := client.SayHello(ctx, &hello.HelloRequest{Name: "Alice"})
//	// reply.Reply is "Hello, Alice!"
//
// The service is defined in hello/hello.proto; package hello has the code that
// is generated from it. gRPC stands on HTTP/2 (RFC 9113); how is said in
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. Package
// frames shows it.
package greeter
