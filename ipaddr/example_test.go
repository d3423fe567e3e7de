package ipaddr_test

import (
	"fmt"
	"math/big"
	"net/netip"

	"onwire/ipaddr"
)

func ExampleParse() {
	for _, text := range []string{"192.168.10.77/255.255.255.192", "[2001:DB8::1]:443", "0177.0.0.1"} {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(in.Kind, in)
	}
	// Output:
	// prefix 192.168.10.77/26
	// address-port [2001:db8::1]:443
	// error: "0177.0.0.1": octet 1 has a leading zero, which some parsers read as octal (at byte 0)
}

func ExampleSubnetOf() {
	s := ipaddr.SubnetOf(netip.MustParsePrefix("192.168.10.77/26"))
	fmt.Println(s.Network, s.Broadcast, s.First, s.Last, s.Usable)
	// Output: 192.168.10.64 192.168.10.127 192.168.10.65 192.168.10.126 62
}

func ExampleChain() {
	for _, b := range ipaddr.Chain(netip.MustParseAddr("192.0.0.9")) {
		fmt.Println(b.Text, b.Name, b.GloballyReachable)
	}
	// Output:
	// 192.0.0.9/32 Port Control Protocol Anycast true
	// 192.0.0.0/24 IETF Protocol Assignments false
}

func ExampleEmbeddedIn() {
	for _, e := range ipaddr.EmbeddedIn(netip.MustParseAddr("2001:0:4136:e378:8000:63bf:3fff:fdd2")) {
		fmt.Println(e.Kind, e.Value)
	}
	// Output:
	// Teredo server 65.54.227.120
	// Teredo flags 0x8000
	// Teredo port 40000
	// Teredo client 192.0.2.45
}

func ExampleAllocate() {
	hosts := []*big.Int{big.NewInt(50), big.NewInt(20), big.NewInt(10)}
	found, free, _ := ipaddr.Allocate(netip.MustParsePrefix("10.0.0.0/24"), hosts)
	fmt.Println(found[0].Prefix, found[1].Prefix, found[2].Prefix, free)
	// Output: 10.0.0.0/26 10.0.0.64/27 10.0.0.96/28 [10.0.0.112/28 10.0.0.128/25]
}

func ExampleAppendRow() {
	row, ok := ipaddr.AppendRow(nil, []byte("10.0.0.1"))
	fmt.Printf("%q %v\n", row, ok)
	// Output: "10.0.0.1\t10.0.0.1\t4\t10.0.0.0/8\tPrivate-Use\tfalse\n" true
}
