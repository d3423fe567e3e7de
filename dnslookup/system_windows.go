package dnslookup

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// System reads the system's settings. Windows keeps name servers with each
// network adapter; those of adapters that are up count, in the system's order.
func System(context.Context) (*Config, error) {
	size := uint32(15 << 10) // what Microsoft suggests to begin with
	var first *windows.IpAdapterAddresses
	for range 3 {
		buf := make([]byte, size)
		first = (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, windows.GAA_FLAG_SKIP_ANYCAST|windows.GAA_FLAG_SKIP_MULTICAST, 0, first, &size)
		if err == nil {
			break
		}
		if err != windows.ERROR_BUFFER_OVERFLOW {
			return nil, fmt.Errorf("the system's name servers are not known: %w", err)
		}
		first = nil
	}
	c := &Config{Path: "the network adapters", Ndots: 1}
	for a := first; a != nil; a = a.Next {
		if a.OperStatus != windows.IfOperStatusUp || a.IfType == windows.IF_TYPE_SOFTWARE_LOOPBACK {
			continue
		}
		for s := a.FirstDnsServerAddress; s != nil && len(c.Servers) < maxServers; s = s.Next {
			addr, ok := netip.AddrFromSlice(s.Address.IP())
			// fec0:0:0:ffff::1 to ::3 stand for "nobody told me"
			if !ok || netip.MustParsePrefix("fec0::/10").Contains(addr) {
				continue
			}
			c.Servers = append(c.Servers, Server{Addr: netip.AddrPortFrom(addr.Unmap(), 53)})
		}
		if suffix := windows.UTF16PtrToString(a.DnsSuffix); suffix != "" && len(c.Search) < 6 {
			c.Search = append(c.Search, suffix)
		}
	}
	root := os.Getenv("SystemRoot")
	if root == "" {
		root = `C:\Windows`
	}
	c.Hosts = systemHosts(filepath.Join(root, "System32", "drivers", "etc", "hosts"))
	return c, nil
}
