package pbwire_test

import (
	"fmt"
	"os"

	"onwire/pbwire"
	"onwire/wire"
)

func ExampleDecoder() {
	msg := []byte{0x08, 0x65, 0x12, 0x05, 'h', 'e', 'l', 'l', 'o'}
	d := pbwire.NewDecoder(msg)
	for d.Next() {
		switch d.Number {
		case 1:
			fmt.Println("id", d.Value)
		case 2:
			fmt.Printf("name %s\n", d.Bytes)
		}
	}
	fmt.Println(d.Err())
	// Output:
	// id 101
	// name hello
	// <nil>
}

func ExampleAppendTag() {
	var msg []byte
	msg = pbwire.AppendTag(msg, 1, pbwire.VARINT)
	msg = pbwire.AppendVarint(msg, 101)
	msg = pbwire.AppendTag(msg, 2, pbwire.LEN)
	msg = pbwire.AppendBytes(msg, []byte("hello"))
	fmt.Printf("% x\n", msg)
	// Output:
	// 08 65 12 05 68 65 6c 6c 6f
}

func ExampleDissect() {
	msg := []byte{0x12, 0x06, 'h', 'e', 'l', 'l', 'o'}
	fields, err := pbwire.Dissect(msg, nil)
	wire.View{}.Write(os.Stdout, msg, fields)
	fmt.Println(err)
	// Output:
	// byte  bytes                    field                  value
	//    0  12 06 68 65 6c 6c 6f     not read               length says 6, only 5
	//                                                       bytes are left
	// byte 1: length says 6, only 5 bytes are left
}

func ExampleReadings() {
	d := pbwire.NewDecoder([]byte{0x22, 0x02, 0x08, 0x05})
	d.Next()
	for _, r := range pbwire.Readings(d.Record) {
		fmt.Println(r.As, r.Value)
	}
	// Output:
	// message {1: 5}
	// packed varints [8, 5]
	// packed sint64 [4, -3]
	// string "\b\x05"
	// bytes 08 05
}
