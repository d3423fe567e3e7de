// Package ipaddr reads IP addresses and prefixes the way a router does: as 32
// or 128 bits, of which a prefix names the first few, and says what is known
// about them: the special block that they lie in, what is hidden inside them,
// and the arithmetic of subnets.
//
//	in, err := ipaddr.Parse("192.168.10.77/26", ipaddr.Strict)
//	s := ipaddr.SubnetOf(in.Prefix)
//	s.Network, s.Broadcast, s.Usable // 192.168.10.64, 192.168.10.127, 62
//	ipaddr.Chain(in.Addr)            // 192.168.0.0/16 Private-Use (RFC1918)
//
// The types are those of net/netip. IPv4 text is RFC 791's dotted decimal;
// IPv6 text is RFC 4291 2.2, its canonical form RFC 5952; prefixes are RFC
// 4632; the special blocks are IANA's two registries of RFC 6890, embedded
// with their date.
package ipaddr
