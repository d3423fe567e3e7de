// Greeter is what bench/grpc needs beside grpcshow: a Greeter on grpc-go with
// nothing around it, and a load of unary calls.
//
//	greeter serve ADDR
//	greeter load ADDR CALLERS DURATION   prints calls/s and the median in µs
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"onwire/greeter"
	"onwire/greeter/hello"

	"google.golang.org/grpc"
)

type plain struct {
	hello.UnimplementedGreeterServer
}

func (plain) SayHello(_ context.Context, in *hello.HelloRequest) (*hello.HelloReply, error) {
	return &hello.HelloReply{Reply: "Hello, " + in.GetName() + "!"}, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: greeter serve ADDR, greeter load ADDR CALLERS DURATION; bench/grpc calls it")
	}
	if os.Args[1] == "serve" {
		l, err := net.Listen("tcp", os.Args[2])
		if err != nil {
			log.Fatal(err)
		}
		srv := grpc.NewServer()
		hello.RegisterGreeterServer(srv, plain{})
		log.Fatal(srv.Serve(l))
	}
	if len(os.Args) != 5 {
		log.Fatal("usage: greeter load ADDR CALLERS DURATION")
	}
	callers, err := strconv.Atoi(os.Args[3])
	if err != nil || callers < 1 {
		log.Fatalf("callers: %q", os.Args[3])
	}
	duration, err := time.ParseDuration(os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	if err := load(os.Args[2], callers, duration); err != nil {
		log.Fatal(err)
	}
}

// load makes calls over one connection; the first fifth of the time warms up.
func load(addr string, callers int, duration time.Duration) error {
	client, err := greeter.NewClient(addr, greeter.ClientOptions{})
	if err != nil {
		return err
	}
	defer client.Close()
	began := time.Now()
	warm, end := began.Add(duration/5), began.Add(duration)
	times := make([][]time.Duration, callers)
	var group sync.WaitGroup
	errs := make(chan error, callers)
	for i := range callers {
		group.Go(func() {
			request := &hello.HelloRequest{Name: "Alice"}
			for last := time.Now(); last.Before(end); {
				if _, err := client.SayHello(context.Background(), request); err != nil {
					errs <- err
					return
				}
				now := time.Now()
				if last.After(warm) {
					times[i] = append(times[i], now.Sub(last))
				}
				last = now
			}
		})
	}
	group.Wait()
	select {
	case err := <-errs:
		return err
	default:
	}
	all := slices.Concat(times...)
	slices.Sort(all)
	if len(all) == 0 {
		return fmt.Errorf("no call in %v", duration)
	}
	fmt.Printf("%.0f %.0f\n", float64(len(all))/end.Sub(warm).Seconds(), float64(all[len(all)/2].Nanoseconds())/1000)
	return nil
}
