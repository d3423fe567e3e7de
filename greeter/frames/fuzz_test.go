package frames_test

import (
	"bytes"
	"testing"

	"onwire/greeter/frames"
	"onwire/wire"

	"golang.org/x/net/http2"
)

// FuzzConn gives any bytes to both directions. Nothing may panic, every field
// must stand where its bits are, and as far as another reader understands the
// frames they must be the same.
func FuzzConn(f *testing.F) {
	var client, server []byte
	for _, turn := range call() {
		if turn.from == frames.Client {
			client = append(client, turn.bytes...)
		} else {
			server = append(server, turn.bytes...)
		}
	}
	client = client[len(preface):]
	f.Add(client, server, uint8(0))
	f.Add(client, []byte{}, uint8(3))
	f.Add([]byte("\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82\x00\x00\x01\x09\x04\x00\x00\x00\x01\x84"), server, uint8(1))
	f.Add([]byte("\x00\x00\x06\x01\x2d\x00\x00\x00\x01\x00\x00\x00\x00\x01\x82"), []byte("\x00\x00\x05\x05\x04\x00\x00\x00\x01\x00\x00\x00\x02\x82"), uint8(1))
	f.Add([]byte("\x00\x00\x0a\x00\x09\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02ab\x00\x00"), server, uint8(7))
	f.Fuzz(func(t *testing.T, client, server []byte, piece uint8) {
		var seen []*frames.Frame
		small := frames.Options{MaxBlock: 500, MaxStreams: 5, MaxMessage: 100, MaxBuffered: 50}
		conn := frames.New(small, func(f *frames.Frame) {
			if err := wire.Check(f.Fields(), 8*len(f.Bytes)); err != nil {
				t.Fatalf("%v: %v", f.Label(), err)
			}
			f.Event(0)
			if f.From == frames.Client && f.Type != frames.Preface {
				seen = append(seen, f.Clone())
			}
		})
		feed := func(from frames.Side, b []byte) {
			n := int(piece)
			if n == 0 {
				n = len(b)
			}
			for ; len(b) > 0; b = b[min(n, len(b)):] {
				conn.Feed(from, b[:min(n, len(b))])
			}
		}
		feed(frames.Client, []byte(preface))
		feed(frames.Client, client[:len(client)/2])
		feed(frames.Server, server)
		feed(frames.Client, client[len(client)/2:])
		conn.Close(frames.Client)
		conn.Close(frames.Server)

		theirs := http2.NewFramer(nil, bytes.NewReader(client))
		theirs.SetMaxReadFrameSize(1 << 20)
		for i := 0; ; i++ {
			want, err := theirs.ReadFrame()
			if err != nil {
				return
			}
			if i >= len(seen) {
				t.Fatalf("frame %d is missing: they read %v", i, want)
			}
			got, h := seen[i], want.Header()
			if uint8(got.Type) != uint8(h.Type) || uint8(got.Flags) != uint8(h.Flags) || got.Stream != h.StreamID || got.Length != int(h.Length) {
				t.Fatalf("frame %d is %v, they read %v", i, got.Label(), want)
			}
			if d, ok := want.(interface{ HeaderBlockFragment() []byte }); ok && !bytes.Equal(d.HeaderBlockFragment(), got.Fragment()) {
				t.Fatalf("frame %d: fragment %x, theirs is %x", i, got.Fragment(), d.HeaderBlockFragment())
			}
		}
	})
}
