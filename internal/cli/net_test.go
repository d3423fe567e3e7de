package cli

import (
	"net"
	"strings"
	"syscall"
	"testing"
)

// TestCannotConnectReset: the raw error names no cause, and no other address
// helps.
func TestCannotConnectReset(t *testing.T) {
	err := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNRESET}
	text, hint := Parts(CannotConnect("127.0.0.1:7007", err, "start one", "try another"))
	if !strings.Contains(text, "reset the connection (RST) before anything was sent") || hint == "try another" {
		t.Errorf("%s\n%s", text, hint)
	}
}
