package lab_test

import (
	"fmt"
	"io"
	"net/netip"
	"time"

	"onwire/lab"
	"onwire/tcpecho"
)

// A client says hello to an echo server, and the wire loses the word once.
func Example() {
	var story lab.Recording
	network, err := lab.New(lab.Config{
		Latency: 10 * time.Millisecond,
		Rules:   []lab.Rule{lab.Lose(lab.Data.Nth(1))},
		Observe: story.Observe,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer network.Close()
	client, _ := network.Host("client", netip.MustParsePrefix("10.0.0.1/24"))
	server, _ := network.Host("server", netip.MustParsePrefix("10.0.0.2/24"))

	l, err := server.Listen("tcp", ":7")
	if err != nil {
		fmt.Println(err)
		return
	}
	go (&tcpecho.Server{Clock: server}).Serve(l)

	c, err := client.Dial("tcp", "server:7")
	if err != nil {
		fmt.Println(err)
		return
	}
	io.WriteString(c, "hello")
	b := make([]byte, 5)
	io.ReadFull(c, b)
	fmt.Printf("%s after %v\n", b, network.Elapsed())
	network.Close()

	for _, f := range story.Frames()[2:8] {
		fmt.Println(f.Sent, f.From, f.Label, f.Is, f.Arrived)
	}
	// Output:
	// hello after 260ms
	// 20ms client SYN seq=0 [] [30ms]
	// 30ms server SYN-ACK seq=0 ack=1 [] [40ms]
	// 40ms client ACK seq=1 ack=1 [] [50ms]
	// 40ms client data seq=1 len=5 ack=1 [] []
	// 240ms client data seq=1 len=5 ack=1 [retransmission] [250ms]
	// 250ms server ACK seq=1 ack=6 [] [260ms]
}

// The rules of a command line read as they are said.
func ExampleParseRule() {
	for _, words := range []string{"data 2", "20% from client", "dta 2", "data 2 3"} {
		rule, err := lab.ParseRule("lose", words)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(rule)
	}
	// Output:
	// lose data 2
	// lose frame 20% from client
	// lose "dta 2", word 1: "dta" is no kind of frame, no number and no share
	// lose "data 2 3", word 3: "3" after "2": a rule has one number
}
