// Package codegen runs the plugins of protoc, which write code for a .proto
// file, without protoc: pbwire/schema's compiler reads the file.
package codegen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// Compile returns the description of one .proto file that imports nothing,
// its comments included; plugins copy them.
func Compile(ctx context.Context, name, source string) (*descriptorpb.FileDescriptorProto, error) {
	compiler := protocompile.Compiler{
		Resolver:       &protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(map[string]string{name: source})},
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(ctx, name)
	if err != nil {
		return nil, err
	}
	return protoutil.ProtoFromFileDescriptor(files[0]), nil
}

// Run runs a plugin with its parameter ("paths=source_relative") and returns
// the only file that it writes.
func Run(ctx context.Context, file *descriptorpb.FileDescriptorProto, parameter string, plugin ...string) (string, error) {
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{file.GetName()},
		Parameter:      proto.String(parameter),
		ProtoFile:      []*descriptorpb.FileDescriptorProto{file},
	})
	if err != nil {
		return "", err
	}
	run := exec.CommandContext(ctx, plugin[0], plugin[1:]...)
	run.Stdin, run.Stderr = bytes.NewReader(request), os.Stderr
	answer, err := run.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", plugin, err)
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(answer, &response); err != nil {
		return "", err
	}
	switch {
	case response.Error != nil:
		return "", errors.New(response.GetError())
	case len(response.File) != 1:
		return "", fmt.Errorf("%s writes %d files, not one", plugin, len(response.File))
	}
	return response.File[0].GetContent(), nil
}
