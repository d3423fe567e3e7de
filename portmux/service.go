package portmux

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"onwire/wire"
)

//go:embed services.tsv
var registry string

// A Service is a name that is registered for a port. That it is registered
// does not mean that it is what runs there: anybody may use any free port.
type Service struct {
	Name  string
	Port  uint16
	Proto Proto
}

// A Services is a table of registered names.
type Services struct {
	names [2]map[uint16]string
}

// Registry returns the names of the IANA registry that this package carries;
// RegistrySource says from when they are.
func Registry() *Services { return loadRegistry() }

// RegistrySource returns the first line of the embedded table: its source and
// its date.
func RegistrySource() string {
	line, _, _ := strings.Cut(registry, "\n")
	return strings.TrimPrefix(line, "# ")
}

var loadRegistry = sync.OnceValue(func() *Services {
	s := &Services{names: [2]map[uint16]string{make(map[uint16]string, 6000), make(map[uint16]string, 6000)}}
	for line := range strings.Lines(registry) {
		col := strings.Split(strings.TrimRight(line, "\n"), "\t")
		port, err := strconv.ParseUint(col[0], 10, 16)
		if err != nil || len(col) != 3 {
			continue // the heading
		}
		for i, name := range col[1:] {
			if name != "" {
				s.names[i][uint16(port)] = name
			}
		}
	}
	return s
})

// With returns a copy in which the lines of a services file, such as
// /etc/services, come first: "NAME PORT/PROTO ALIASES # comment". Lines that
// it cannot read count for nothing, and names that would change a screen too.
func (s *Services) With(r io.Reader) *Services {
	c := &Services{}
	for i := range s.names {
		c.names[i] = make(map[uint16]string, len(s.names[i]))
		for port, name := range s.names[i] {
			c.names[i][port] = name
		}
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) < 2 {
			continue
		}
		number, proto, _ := strings.Cut(words[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if p := (map[string]Proto{"tcp": TCP, "udp": UDP}[proto]); p != 0 && err == nil && wire.Escape(words[0]) == words[0] {
			c.names[p.index()][uint16(port)] = words[0]
		}
	}
	return c
}

// Name returns the name that is registered for a port, or "".
func (s *Services) Name(proto Proto, port uint16) string { return s.names[proto.index()][port] }

// Find returns the ports that a name is registered for, TCP before UDP.
func (s *Services) Find(name string) []Service {
	var found []Service
	for i, proto := range []Proto{TCP, UDP} {
		for port := range 65536 {
			if n := s.names[i][uint16(port)]; n != "" && strings.EqualFold(n, name) {
				found = append(found, Service{n, uint16(port), proto})
			}
		}
	}
	return found
}

// A PortRange is one of the three ranges of RFC 6335 6.
type PortRange struct {
	Name        string
	First, Last uint16
	Rule        string
}

// RangeOf returns the range of a port number.
func RangeOf(port uint16) PortRange {
	switch {
	case port < 1024:
		return PortRange{"System Ports", 0, 1023, "assigned by IETF review; on Linux only an administrator may bind them; macOS and Windows have no such rule"}
	case port < 49152:
		return PortRange{"User Ports", 1024, 49151, "assigned on request; any user may bind them"}
	}
	return PortRange{"Dynamic Ports", 49152, 65535, "never assigned; for clients and for private use"}
}

// ParsePort reads a port number, 0 to 65535.
func ParsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > 65535 {
		return 0, fmt.Errorf("%q is not a port; ports are 0 to 65535", s)
	}
	return uint16(n), nil
}
