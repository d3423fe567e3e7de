package wire_test

import (
	"fmt"
	"os"

	"onwire/wire"
)

func Example() {
	// A UDP header (RFC 768): four numbers of 16 bits.
	msg := []byte{0xc3, 0x50, 0x00, 0x35, 0x00, 0x09, 0x00, 0x00}
	fields := []wire.Field{
		{Name: "Source port", Bit: 0, Bits: 16, Value: "50000"},
		{Name: "Destination port", Bit: 16, Bits: 16, Value: "53", Note: wire.Notef("port %d is for DNS", 53)},
		{Name: "Length", Bit: 32, Bits: 16, Value: "9"},
		{Name: "Checksum", Bit: 48, Bits: 16, Value: "none"},
	}
	fmt.Println(wire.Check(fields, 8*len(msg)))
	wire.View{Notes: true}.Write(os.Stdout, msg, fields)
	// Output:
	// <nil>
	// byte  bytes                    field                  value
	//    0  c3 50                    Source port            50000
	//    2  00 35                    Destination port       53
	//                                  port 53 is for DNS
	//    4  00 09                    Length                 9
	//    6  00 00                    Checksum               none
}
