package main

import (
	"context"
	"strings"
	"sync"

	"onwire/greeter/frames"
	"onwire/greeter/hello"
	"onwire/pbwire"
	"onwire/pbwire/schema"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// helloFile is hello.proto, read when the first frame is.
var helloFile = sync.OnceValue(func() *schema.File {
	file, err := schema.Parse(context.Background(), "hello.proto", hello.Proto)
	if err != nil {
		panic(err) // a test compiles it
	}
	return file
})

// helloSchema returns what the messages of a method are, for the methods of
// the Greeter.
func helloSchema(path string, from frames.Side) pbwire.Schema {
	method, ok := strings.CutPrefix(path, "/"+hello.Greeter_ServiceDesc.ServiceName+"/")
	if !ok {
		return nil
	}
	file := helloFile()
	m := file.Services().ByName("Greeter").Methods().ByName(protoreflect.Name(method))
	switch {
	case m == nil:
		return nil
	case from == frames.Client:
		return file.Schema(m.Input())
	}
	return file.Schema(m.Output())
}
