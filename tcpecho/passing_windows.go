package tcpecho

import "golang.org/x/sys/windows"

// Winsock has numbers of its own for what passes.
var passingHere = []error{windows.WSAEMFILE, windows.WSAENOBUFS, windows.WSAECONNRESET, windows.WSAECONNABORTED}
