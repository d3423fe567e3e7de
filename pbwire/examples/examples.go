// Package examples holds the .proto files of the lecture's examples, so that
// they can be used where there is no file: pbshow -p student.proto.
package examples

import "embed"

// Files holds the .proto files, by their names.
//
//go:embed *.proto
var Files embed.FS
