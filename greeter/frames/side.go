package frames

// A Side is one end of a connection.
type Side uint8

const (
	Client Side = iota // opened the connection, sends the preface
	Server
)

// String returns "client" or "server".
func (s Side) String() string { return [...]string{"client", "server"}[s] }

// Other returns the other end.
func (s Side) Other() Side { return 1 - s }
