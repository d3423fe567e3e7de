package pbwire_test

import (
	"testing"

	"onwire/pbwire"

	"google.golang.org/protobuf/encoding/protowire"
)

// megabyte is a message of about 1 MB: many small students, as the top-level
// records of one message, so that the walk has to look at each.
func megabyte() []byte {
	var b []byte
	for i := 0; len(b) < 1<<20; i++ {
		b = pbwire.AppendTag(b, 1, pbwire.VARINT)
		b = pbwire.AppendVarint(b, uint64(i))
		b = pbwire.AppendTag(b, 2, pbwire.LEN)
		b = pbwire.AppendBytes(b, []byte("calculus"))
		b = pbwire.AppendTag(b, 3, pbwire.I64)
		b = pbwire.AppendFixed64(b, uint64(i))
		b = pbwire.AppendTag(b, 20, pbwire.I32)
		b = pbwire.AppendFixed32(b, uint32(i))
		b = pbwire.AppendTag(b, 4, pbwire.VARINT)
		b = pbwire.AppendVarint(b, uint64(i%100))
	}
	return b
}

func BenchmarkWalk(b *testing.B) {
	msg := megabyte()
	b.Run("pbwire", func(b *testing.B) {
		b.SetBytes(int64(len(msg)))
		b.ReportAllocs()
		for b.Loop() {
			d := pbwire.NewDecoder(msg)
			for d.Next() {
			}
			if d.Err() != nil {
				b.Fatal(d.Err())
			}
		}
	})
	b.Run("protowire", func(b *testing.B) {
		b.SetBytes(int64(len(msg)))
		b.ReportAllocs()
		for b.Loop() {
			for rest := msg; len(rest) > 0; {
				num, typ, n := protowire.ConsumeTag(rest)
				if n < 0 {
					b.Fatal(protowire.ParseError(n))
				}
				m := protowire.ConsumeFieldValue(num, typ, rest[n:])
				if m < 0 {
					b.Fatal(protowire.ParseError(m))
				}
				rest = rest[n+m:]
			}
		}
	})
}
