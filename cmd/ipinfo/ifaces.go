package main

import (
	"net"
	"net/netip"
	"slices"

	"onwire/internal/cli"
	"onwire/ipaddr"

	"github.com/spf13/cobra"
)

func (a *app) ifacesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ifaces",
		Short: "This machine's own addresses, each with its block",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.ifaces() },
	}
}

type ifaceRecord struct {
	Interface         string        `json:"interface"`
	Up                bool          `json:"up"`
	MAC               string        `json:"mac"`
	Address           string        `json:"address"`
	Zone              string        `json:"zone"` // of a link-local address: the interface
	Prefix            string        `json:"prefix"`
	Blocks            []blockRecord `json:"blocks"`
	GloballyReachable string        `json:"globally_reachable"`
}

// ifaces lists what the system says of its interfaces; nothing is sent.
func (a *app) ifaces() error {
	all, err := net.Interfaces()
	if err != nil {
		return cli.Failed("the system did not say why; is this a sandbox?", "the interfaces cannot be listed: %v", err)
	}
	table := [][]string{{"interface", "address", "reachable", "block"}}
	for _, i := range all {
		addrs, err := i.Addrs()
		if err != nil {
			return cli.Failed("try again: it may just have gone", "the addresses of %s cannot be read: %v", i.Name, err)
		}
		for _, p := range prefixesOf(addrs) {
			r := ifaceRecord{
				Interface: i.Name, Up: i.Flags&net.FlagUp != 0, MAC: i.HardwareAddr.String(), Address: p.Addr().String(), Prefix: p.String(),
				Blocks: blockRecords(ipaddr.Chain(p.Addr())), GloballyReachable: ipaddr.Reach(p.Addr()),
			}
			if p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
				r.Zone, r.Prefix = i.Name, inZone(p, i.Name)
			}
			if a.JSON {
				if err := a.PrintJSON(r); err != nil {
					return err
				}
				continue
			}
			block := "none: ordinary"
			if len(r.Blocks) > 0 {
				block = r.Blocks[0].Name + ": " + r.Blocks[0].Meaning
			}
			table = append(table, []string{i.Name, r.Prefix, r.GloballyReachable, block})
		}
	}
	if !a.JSON {
		if len(table) == 1 {
			a.Screen().Printf("no interface has an address\n")
			return nil
		}
		a.Screen().Table(table)
	}
	return nil
}

// prefixesOf turns the system's addresses into prefixes, IPv4 first.
func prefixesOf(addrs []net.Addr) []netip.Prefix {
	var all []netip.Prefix
	for _, addr := range addrs {
		if n, ok := addr.(*net.IPNet); ok {
			ip, _ := netip.AddrFromSlice(n.IP)
			ones, _ := n.Mask.Size()
			all = append(all, netip.PrefixFrom(ip.Unmap(), ones))
		}
	}
	slices.SortStableFunc(all, func(x, y netip.Prefix) int { return x.Addr().BitLen() - y.Addr().BitLen() })
	return all
}
