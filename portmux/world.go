package portmux

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"onwire/wire"
)

// maxWorldApps bounds the apps of a world file.
const maxWorldApps = 1 << 20

// ReadWorld reads a host and its apps, one line each, with tabs between the
// columns:
//
//	host  ADDR/LEN...
//	app   NAME  udp|tcp  ADDR:PORT  OPTIONS
//
// OPTIONS are words: reuse (SO_REUSEADDR), reuseport, v6only, join=GROUP,
// peer=ADDR:PORT for a connected one, and established, which says of a TCP
// connection that it stands. Apps are bound in the order of the file. Empty
// lines and lines that start with # count for nothing. An error names its line.
func ReadWorld(r io.Reader) (*Mux, error) {
	var m *Mux
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		var err error
		switch {
		case words[0] == "host" && m != nil:
			err = fmt.Errorf("a second host; a world has one")
		case words[0] == "host" && len(words) > 1:
			m, err = New(words[1:]...)
		case words[0] == "app" && m == nil:
			err = fmt.Errorf("an app before the host")
		case words[0] == "app" && n > maxWorldApps:
			err = fmt.Errorf("more than %d lines", maxWorldApps)
		case words[0] == "app" && len(words) >= 4:
			err = m.addWorldApp(words[1], words[2], words[3], words[4:])
		default:
			err = fmt.Errorf("%q is neither \"host ADDR/LEN...\" nor \"app NAME PROTO ADDR:PORT OPTIONS\"", lines.Text())
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("no line \"host ADDR/LEN...\"")
	}
	return m, nil
}

func (m *Mux) addWorldApp(app, proto, local string, words []string) error {
	p := map[string]Proto{"udp": UDP, "tcp": TCP}[proto]
	if p == 0 {
		return fmt.Errorf("%q is neither udp nor tcp", proto)
	}
	if wire.Escape(app) != app {
		return fmt.Errorf("%q is no name: it cannot be printed", app)
	}
	var o Options
	peer, stands := "", false
	for _, w := range words {
		name, value, given := strings.Cut(w, "=")
		switch {
		case w == "reuse":
			o.ReuseAddr = true
		case w == "reuseport":
			o.ReusePort = true
		case w == "v6only":
			o.V6Only = true
		case w == "established":
			stands = true
		case name == "peer" && given:
			if value == "" {
				return fmt.Errorf("%q names no peer", w)
			}
			peer = value
		case name == "join" && given:
			group, err := netip.ParseAddr(value)
			if err != nil {
				return fmt.Errorf("join=%q is not an address", value)
			}
			o.Join = append(o.Join, group)
		default:
			return fmt.Errorf("%q is no option; there are reuse, reuseport, v6only, join=, peer=, established", w)
		}
	}
	if stands && (peer == "" || p != TCP) {
		return fmt.Errorf("established is for a TCP connection, which has a peer=")
	}
	var err error
	if peer == "" {
		_, err = m.Bind(app, p, local, o)
	} else {
		_, err = m.Connect(app, p, local, peer, o)
	}
	return err
}
