// Package hello is the Go code of hello.proto: its messages, and the two sides
// of its service. All but this file is generated.
package hello

import _ "embed"

//go:generate go run generate.go

// Proto is hello.proto, for programs that read it at run time.
//
//go:embed hello.proto
var Proto string
