package main

import (
	"cmp"
	"fmt"
	"slices"

	"onwire/portmux"
)

// An appCount is what one app sent and got.
type appCount struct {
	name    string
	ports   []string
	in, out portmux.Counts
}

// appTable counts by app. With a world, an app is who has the port on that
// host; without one, a registered name is all there is.
func (a *app) appTable(flows *portmux.Flows, worldFile string, top int) error {
	owner := registered(services())
	heading := "registered name"
	if worldFile != "" {
		m, err := world(worldFile)
		if err != nil {
			return err
		}
		owner, heading = owned(m), "app"
	}
	counts := map[string]*appCount{}
	for _, p := range flows.Ports() {
		name := owner(p.Proto, p.Port)
		c := counts[name]
		if c == nil {
			c = &appCount{name: name}
			counts[name] = c
		}
		c.ports = append(c.ports, fmt.Sprintf("%s %d", p.Proto, p.Port))
		c.in.Packets += p.In.Packets
		c.in.Bytes += p.In.Bytes
		c.out.Packets += p.Out.Packets
		c.out.Bytes += p.Out.Bytes
	}
	var list []*appCount
	for _, c := range counts {
		list = append(list, c)
	}
	slices.SortFunc(list, func(x, y *appCount) int {
		return cmp.Or(cmp.Compare(y.in.Bytes+y.out.Bytes, x.in.Bytes+x.out.Bytes), cmp.Compare(x.name, y.name))
	})
	rows := [][]string{{heading, "to it", "", "from it", "", "ports"}}
	for i, c := range list {
		if a.JSON {
			err := a.PrintJSON(struct {
				App     string   `json:"app"`
				Ports   []string `json:"ports"`
				Packets uint64   `json:"packets"`
				Bytes   uint64   `json:"payload_bytes"`
			}{c.name, c.ports, c.in.Packets + c.out.Packets, c.in.Bytes + c.out.Bytes})
			if err != nil {
				return err
			}
			continue
		}
		if top > 0 && i >= top {
			break
		}
		ports := fmt.Sprint(c.ports[0])
		if len(c.ports) > 1 {
			ports += fmt.Sprintf(", and %d more", len(c.ports)-1)
		}
		rows = append(rows, []string{c.name, fmt.Sprint(c.in.Packets), bytesOf(c.in.Bytes), fmt.Sprint(c.out.Packets), bytesOf(c.out.Bytes), ports})
	}
	if !a.JSON {
		if len(rows) > 1 {
			a.Screen().Table(rows)
		}
		a.more(len(list)-len(rows)+1, "app")
	}
	return nil
}

func registered(names *portmux.Services) func(portmux.Proto, uint16) string {
	return func(proto portmux.Proto, port uint16) string {
		if name := names.Name(proto, port); name != "" {
			return name
		}
		return fmt.Sprintf("%s %d", proto, port)
	}
}

// owned names the apps that have a port on the host of a world.
func owned(m *portmux.Mux) func(portmux.Proto, uint16) string {
	sockets := m.Sockets()
	return func(proto portmux.Proto, port uint16) string {
		for _, s := range sockets {
			if s.Proto == proto && s.Local.Port() == port {
				return s.App
			}
		}
		return "nobody"
	}
}
