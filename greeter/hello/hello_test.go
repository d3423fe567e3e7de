package hello_test

import (
	"testing"

	"onwire/greeter/hello"
	"onwire/internal/codegen"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/testing/protocmp"
)

// TestGenerated compares the checked-in code with hello.proto.
func TestGenerated(t *testing.T) {
	want, err := codegen.Compile(t.Context(), "hello.proto", hello.Proto)
	if err != nil {
		t.Fatal(err)
	}
	want.SourceCodeInfo = nil // the comments; a program has no use for them
	for _, fd := range want.MessageType {
		for _, f := range fd.Field {
			f.JsonName = nil // made from the name where it is not given
		}
	}
	got := protodesc.ToFileDescriptorProto(hello.File_hello_proto)
	for _, fd := range got.MessageType {
		for _, f := range fd.Field {
			f.JsonName = nil
		}
	}
	if d := cmp.Diff(want, got, protocmp.Transform()); d != "" {
		t.Errorf("the Go code is not of this hello.proto; run go generate ./greeter/...\n-want +got:\n%s", d)
	}
}
