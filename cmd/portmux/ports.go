package main

import (
	"errors"
	"fmt"
	"os"

	"onwire/internal/cli"
	"onwire/portmux"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func (a *app) portsCommand() *cobra.Command {
	var processes bool
	c := &cobra.Command{
		Use:   "ports",
		Short: "List the listening ports of this machine",
		Long: `List the TCP sockets that listen and the UDP sockets that wait for packets of
anybody, as the system tells it. ":: and IPv4" is one socket that both versions
of IP reach. With -p also their processes; those of other users are shown to
root only.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			list, err := portmux.Listening(processes)
			if errors.Is(err, portmux.ErrNoTable) {
				return cli.Failed("on macOS 'lsof -nP -iTCP -sTCP:LISTEN -iUDP' lists them, on Windows 'netstat -ano'", "%v", err)
			}
			if err != nil {
				return cli.Failed("is /proc mounted?", "%v", err)
			}
			return a.ports(list, processes)
		},
	}
	c.Flags().BoolVarP(&processes, "processes", "p", false, "show the process that has each port")
	return c
}

func (a *app) ports(list []portmux.Listener, processes bool) error {
	names := services()
	rows := [][]string{{"", "address", "port", "registered name"}}
	if processes {
		rows[0] = []string{"", "address", "port", "process", "registered name"}
	}
	hidden := 0
	for _, l := range list {
		name := names.Name(l.Proto, l.Local.Port())
		if a.JSON {
			err := a.PrintJSON(struct {
				Proto   string `json:"proto"`
				Addr    string `json:"addr"`
				Port    uint16 `json:"port"`
				Dual    bool   `json:"ipv4_too"`
				Name    string `json:"registered_name"`
				PID     int    `json:"pid"`
				Process string `json:"process"`
			}{l.Proto.String(), l.Local.Addr().String(), l.Local.Port(), l.Dual, name, l.PID, l.Process})
			if err != nil {
				return err
			}
			continue
		}
		addr := wire.Escape(l.Local.Addr().String())
		if l.Dual {
			addr += " and IPv4"
		}
		row := []string{l.Proto.String(), addr, fmt.Sprint(l.Local.Port())}
		if processes {
			process := fmt.Sprintf("%s (%d)", wire.Escape(l.Process), l.PID)
			if l.PID == 0 {
				process = "-"
				hidden++
			}
			row = append(row, process)
		}
		rows = append(rows, append(row, wire.Escape(name)))
	}
	if a.JSON {
		return nil
	}
	s := a.Screen()
	if len(list) == 0 {
		s.Printf("nobody listens on this machine\n")
		return nil
	}
	s.Table(rows)
	if hidden > 0 {
		why := "root sees those of all users"
		if os.Geteuid() == 0 {
			why = "the kernel holds them itself, or a process of another container does"
		}
		fmt.Fprintf(a.Stderr, "hint: ports without a process here: %d; %s\n", hidden, why)
	}
	return nil
}
