package dnslookup_test

import (
	"context"
	"fmt"

	"onwire/dnslookup"
	"onwire/dnslookup/world"
)

func Example() {
	w, err := world.New(1) // a small Internet; on the real one: &dnslookup.Resolver{Dial: (&net.Dialer{}).DialContext, ...}
	if err != nil {
		panic(err)
	}
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC = true
	res, err := r.Lookup(context.Background(), "www.example.cn")
	for _, alias := range res.Chain {
		fmt.Println(alias.Name, "is", alias.Data)
	}
	for _, a := range res.Addrs {
		fmt.Println(a.Addr)
	}
	fmt.Println(res.Security, err)
	// Output:
	// www.example.cn. is web.example.com.
	// 2001:db8::80
	// 192.0.2.80
	// 192.0.2.81
	// secure <nil>
}

func ExampleDecode() {
	m, err := dnslookup.Decode([]byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x02cn\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"))
	fmt.Println(m.Question[0], m.Answer[0].Data, m.Fields[0].Value, err)
	// Output: cn. A 192.0.2.1 reply, NOERROR <nil>
}

func ExampleParseName() {
	fmt.Println(dnslookup.ParseName("清华大学.cn"))
	fmt.Println(dnslookup.ParseName("a..b"))
	// Output:
	// xn--xkry9kk1bz66a.cn. <nil>
	//  "a..b": has two dots in a row; a label may not be empty (RFC 1035 2.3.1)
}
