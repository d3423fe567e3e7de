package portmux

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

// TestListening reads a /proc made by hand.
func TestListening(t *testing.T) {
	head := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	proc := fstest.MapFS{
		"net/tcp": {Data: []byte(head +
			"   0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1\n" +
			"   1: 0200090A:0050 0100090A:C350 01 00000000:00000000 00:00000000 00000000     0        0 112 1\n")},
		"net/udp6": {Data: []byte(head +
			"   0: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 113 2\n" +
			"broken\n")},
		"42/comm": {Data: []byte("server\n")},
		"42/fd/3": {Data: []byte("socket:[111]"), Mode: fs.ModeSymlink},
	}
	list, err := listening(proc, true)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if l := list[0]; l.Local.String() != "127.0.0.1:631" || l.Proto != TCP || l.PID != 42 || l.Process != "server" {
		t.Errorf("%+v", l)
	}
	if l := list[1]; l.Local.String() != "[::]:5353" || l.Proto != UDP || l.PID != 0 {
		t.Errorf("%+v", l)
	}
	if _, err := listening(fstest.MapFS{}, false); err == nil {
		t.Error("an empty /proc is taken")
	}
}
