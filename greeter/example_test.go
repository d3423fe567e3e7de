package greeter_test

import (
	"context"
	"fmt"
	"log"
	"net"

	"onwire/greeter"
	"onwire/greeter/hello"

	"google.golang.org/grpc/status"
)

func Example() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	srv := &greeter.Server{}
	go srv.Serve(listener)
	defer srv.Close()

	client, err := greeter.NewClient(listener.Addr().String(), greeter.ClientOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	reply, err := client.SayHello(context.Background(), &hello.HelloRequest{Name: "Alice"})
	fmt.Println(reply.GetReply(), err)

	_, err = client.SayHello(context.Background(), &hello.HelloRequest{})
	st := status.Convert(err)
	fmt.Println(st.Code(), st.Message())
	// Output:
	// Hello, Alice! <nil>
	// InvalidArgument the name is empty
}

func ExampleClient_Call() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	srv := &greeter.Server{}
	go srv.Serve(listener)
	defer srv.Close()
	client, err := greeter.NewClient(listener.Addr().String(), greeter.ClientOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	x, err := client.Call(context.Background(), "BidiHello", []string{"Alice", "Bob"}, func(reply string) {
		fmt.Println(reply)
	})
	fmt.Println(x.Requests, x.Replies, err)
	// Output:
	// Hello, Alice!
	// Hello, Bob!
	// 2 2 <nil>
}
