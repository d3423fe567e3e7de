package greeter

import (
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
)

// CodeName returns the name that gRPC's documents give a status code,
// "INVALID_ARGUMENT"; the Go library writes "InvalidArgument".
func CodeName(c codes.Code) string {
	if name, ok := code.Code_name[int32(c)]; ok {
		return name
	}
	return fmt.Sprintf("code %d", uint32(c))
}
