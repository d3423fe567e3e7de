// Package schema reads .proto files at run time, without protoc: proto2,
// proto3 and edition 2023, with imports. It turns JSON into bytes and back,
// gives pbwire the names and types that its Dissect draws, checks a file
// against the rules of good style, and says what a change of it would break.
//
//	file, err := schema.Open(ctx, "student.proto")
//	md, err := file.Message("StudentInfo")
//	msg, err := file.FromJSON(md, []byte(`{"age": 18, "name": "Alice"}`))
//	data, err := schema.Marshal(msg)
//	fields, err := pbwire.Dissect(data, file.Schema(md))
//
// The compiler is bufbuild/protocompile, and messages are those of
// google.golang.org/protobuf/types/dynamicpb.
package schema

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"onwire/pbwire/examples"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// maxSource is the longest .proto file that is read, in bytes.
const maxSource = 4 << 20

// A File is a .proto file that compiles, with all that it imports.
type File struct {
	protoreflect.FileDescriptor
	Warnings []Finding // what the compiler says about it all the same

	name  string           // as Open was given it
	types *dynamicpb.Types // of all files, for Any and extensions
}

// Open compiles the .proto file at path. Its imports are looked for in dirs,
// then beside the file, in the working directory, and among the files that come
// with every compiler ("google/protobuf/any.proto"). A path that is no file may be the name of one
// of the lecture's examples.
//
// The error is Errors if the file, or one that it imports, does not compile.
func Open(ctx context.Context, path string, dirs ...string) (*File, error) {
	c := compilation{name: path, root: filepath.Base(path), sources: map[string]string{}}
	for _, dir := range dirs {
		// A file inside a dir is known there by its path from it.
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			c.root = filepath.ToSlash(rel)
			break
		}
	}
	source, err := readSource(os.Open(path))
	dirs = append(dirs[:len(dirs):len(dirs)], filepath.Dir(path), ".")
	if errors.Is(err, fs.ErrNotExist) {
		if shipped, e := readSource(examples.Files.Open(path)); e == nil {
			source, err = shipped, nil
		}
	}
	if err != nil {
		return nil, err
	}
	c.sources[c.root] = source
	return c.compile(ctx, func(name string) (string, error) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return "", fs.ErrNotExist // an import names no file outside its dirs
		}
		for _, dir := range dirs {
			source, err := readSource(os.Open(filepath.Join(dir, filepath.FromSlash(name))))
			if !errors.Is(err, fs.ErrNotExist) {
				return source, err
			}
		}
		return readSource(examples.Files.Open(name))
	})
}

// Parse compiles source, the text of a .proto file called name. It imports
// only the files that come with every compiler.
func Parse(ctx context.Context, name, source string) (*File, error) {
	c := compilation{name: name, root: name, sources: map[string]string{name: source}}
	return c.compile(ctx, func(string) (string, error) { return "", fs.ErrNotExist })
}

func readSource(f fs.File, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err == nil && len(data) > maxSource {
		err = fmt.Errorf("longer than %d MiB", maxSource>>20)
	}
	return strings.TrimPrefix(string(data), "\ufeff"), err // the mark that some editors write
}

// A compilation is one run of the compiler.
type compilation struct {
	name     string            // the file that was asked for
	root     string            // and as the compiler knows it
	sources  map[string]string // what was read, by name
	errs     Errors
	warnings []Finding
}

func (c *compilation) compile(ctx context.Context, read func(string) (string, error)) (*File, error) {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: func(name string) (io.ReadCloser, error) {
				if _, ok := c.sources[name]; !ok {
					source, err := read(name)
					if err != nil {
						return nil, err
					}
					c.sources[name] = source
				}
				return io.NopCloser(strings.NewReader(c.sources[name])), nil
			},
		}),
		MaxParallelism: 1, // Accessor fills a map
		SourceInfoMode: protocompile.SourceInfoStandard,
		Reporter: reporter.NewReporter(
			func(e reporter.ErrorWithPos) error { c.error(e); return nil },
			func(e reporter.ErrorWithPos) { c.warning(e) }),
	}
	files, err := compiler.Compile(ctx, c.root)
	if at, ok := errors.AsType[reporter.ErrorWithPos](err); ok && len(c.errs) == 0 {
		c.error(at) // an import that is not there comes this way
	}
	if fault, ok := errors.AsType[protocompile.PanicError](err); ok && len(c.errs) == 0 {
		c.errs = Errors{c.panicked(fault)}
	}
	registry := new(protoregistry.Files)
	if err == nil && len(c.errs) == 0 {
		err = c.register(registry, files[0])
	}
	if len(c.errs) > 0 {
		return nil, c.errs
	}
	if err != nil {
		return nil, err
	}
	return &File{FileDescriptor: files[0], Warnings: c.warnings, name: c.name, types: dynamicpb.NewTypes(registry)}, nil
}

// register puts a file and all that it imports into a registry.
func (c *compilation) register(r *protoregistry.Files, f protoreflect.FileDescriptor) error {
	if _, err := r.FindFileByPath(f.Path()); err == nil {
		return nil
	}
	for i := range f.Imports().Len() {
		if err := c.register(r, f.Imports().Get(i).FileDescriptor); err != nil {
			return err
		}
	}
	c.refuse(f, f.Messages())
	return r.RegisterFile(f)
}

// called returns the name by which the user knows a file.
func (c *compilation) called(file string) string {
	if file == c.root {
		return c.name
	}
	return file
}

// Message returns the message called name, in full ("student.Course") or
// without the package. An empty name is the file's only message.
func (f *File) Message(name string) (protoreflect.MessageDescriptor, error) {
	top := f.Messages()
	if name == "" {
		switch top.Len() {
		case 0:
			return nil, errors.New("the file has no message")
		case 1:
			return known(top.Get(0))
		}
		return nil, fmt.Errorf("the file has %d messages: %s", top.Len(), f.names())
	}
	full := protoreflect.FullName(strings.TrimPrefix(name, "."))
	for _, try := range []protoreflect.FullName{full, f.Package() + "." + full} {
		if mt, err := f.types.FindMessageByName(try); err == nil {
			return known(mt.Descriptor())
		}
	}
	if top.Len() == 0 {
		return nil, fmt.Errorf("%q is no message: the file has none", name)
	}
	return nil, fmt.Errorf("%q is no message of the file; it has %s", name, f.names())
}

// known returns the message, or why its bytes are not known.
func known(md protoreflect.MessageDescriptor) (protoreflect.MessageDescriptor, error) {
	if isMessageSet(md) {
		return nil, errMessageSet(md)
	}
	return md, nil
}

// names lists the messages of the file, without its package.
func (f *File) names() string {
	var names []string
	for i := range f.Messages().Len() {
		if i == 20 {
			names = append(names, "...")
			break
		}
		names = append(names, string(f.Messages().Get(i).Name()))
	}
	return strings.Join(names, ", ")
}
