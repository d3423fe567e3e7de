// Pblecture writes the Go code that protoc-gen-go makes of the course's
// .proto files, for bench/pb. It needs no protoc: pbwire/schema compiles them.
//
//	go run ./bench/pblecture PLUGIN OUT.go
package main

import (
	"context"
	"fmt"
	"os"

	"onwire/internal/codegen"
)

// source has the course's objects in one file, since a Go package is one.
const source = `syntax = "proto3";
package lecture;
message HelloWorld { int32 id = 1; string name = 2; }
message Numbers { repeated int64 arr = 1; }
message Bar { int32 integer = 1; string str = 2; repeated float flt = 3; }
enum Sex { MALE = 0; FEMALE = 1; }
message Course { int32 credit = 1; string name = 2; }
message StudentInfo { int32 age = 1; string name = 2; Sex sex = 3; repeated Course courses = 4; }
`

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pblecture PLUGIN OUT.go; bench/pb calls it")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pblecture:", err)
		os.Exit(1)
	}
}

func generate(plugin, out string) error {
	ctx := context.Background()
	file, err := codegen.Compile(ctx, "lecture.proto", source)
	if err != nil {
		return err
	}
	code, err := codegen.Run(ctx, file, "Mlecture.proto=onwire/bench/lecture;main", plugin)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(code), 0o666)
}
