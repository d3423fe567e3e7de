//go:build ignore

// Generate writes hello.pb.go and hello_grpc.pb.go.
package main

import (
	"context"
	"log"
	"os"

	"onwire/internal/codegen"
)

// The first plugin comes with the library that the code uses, so that their
// versions agree; the second is a module of its own.
var plugins = map[string][]string{
	"hello.pb.go":      {"go", "run", "google.golang.org/protobuf/cmd/protoc-gen-go"},
	"hello_grpc.pb.go": {"go", "tool", "-modfile=../../tools/go.mod", "protoc-gen-go-grpc"},
}

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	source, err := os.ReadFile("hello.proto")
	if err != nil {
		log.Fatal(err)
	}
	file, err := codegen.Compile(ctx, "hello.proto", string(source))
	if err != nil {
		log.Fatal(err)
	}
	for name, plugin := range plugins {
		code, err := codegen.Run(ctx, file, "paths=source_relative", plugin...)
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(code), 0o666); err != nil {
			log.Fatal(err)
		}
	}
}
