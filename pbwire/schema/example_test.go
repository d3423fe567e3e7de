package schema_test

import (
	"context"
	"fmt"
	"os"

	"onwire/pbwire"
	"onwire/pbwire/schema"
	"onwire/wire"
)

func Example() {
	file, err := schema.Open(context.Background(), "helloworld.proto")
	if err != nil {
		fmt.Println(err)
		return
	}
	md, _ := file.Message("HelloWorld")
	msg, _ := file.FromJSON(md, []byte(`{"id": 1, "name": "hello"}`))
	data, _ := schema.Marshal(msg)
	fmt.Printf("% x\n", data)

	fields, _ := pbwire.Dissect(data, file.Schema(md))
	for i := range fields {
		fields[i].Fields = nil // the records only
	}
	wire.View{}.Write(os.Stdout, data, fields)
	// Output:
	// 08 01 12 05 68 65 6c 6c 6f
	// byte  bytes                    field                  value
	//    0  08 01                    id                     1
	//    2  12 05 68 65 6c 6c 6f     name                   "hello"
}

func ExampleParse() {
	_, err := schema.Parse(context.Background(), "map.proto", `syntax = "proto3";
package map_demo

message StudentInfo {
  map<int32, string> id_name_pairs = 1;
}
`)
	fmt.Println(err)
	fmt.Println(err.(schema.Errors)[0].Mend)
	// Output:
	// map.proto:4:1: syntax error: expecting ';'
	// put ; at the end of line 2: package map_demo;
}

func ExampleCompare() {
	ctx := context.Background()
	old, _ := schema.Parse(ctx, "a.proto", `syntax = "proto3"; message A { int32 credit = 1; }`)
	new, _ := schema.Parse(ctx, "a.proto", `syntax = "proto3"; message A { sint32 credit = 1; }`)
	for _, f := range schema.Compare(old, new) {
		fmt.Println(f.Level, f.Rule)
		fmt.Println(f.Message)
	}
	// Output:
	// breaks field-type
	// credit was int32, now sint32: both are VARINT, so readers take the other's bytes for their own, and get other values: an old 5 reads as -3
}
