package lab

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// WritePcap writes the frames as a capture in the format pcapng, as seen at the
// interface of r.At: what it sent, lost or not, and what arrived there, broken
// bits and copies with it. A comment gives each frame its number on the wire,
// and says what the wire did to it. Each Write to w is one whole block.
func (r *Recording) WritePcap(w io.Writer) error {
	at := r.standpoint()
	var block bytes.Buffer
	out, err := pcapgo.NewNgWriterInterface(&block, pcapgo.NgInterface{
		Name:                at,
		LinkType:            layers.LinkTypeEthernet,
		TimestampResolution: 9, // nanoseconds
	}, pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "onwire lab"}})
	if err != nil {
		return err
	}
	send := func() error {
		if err := out.Flush(); err != nil {
			return err
		}
		_, err := block.WriteTo(w)
		return err
	}
	if err := send(); err != nil { // the head
		return err
	}
	for _, e := range r.events {
		if e.At != at || e.Stage == Lost {
			continue
		}
		info := gopacket.CaptureInfo{Timestamp: epoch.Add(e.T), CaptureLength: len(e.Bytes), Length: len(e.Bytes)}
		if err := out.WritePacketWithOptions(info, e.Bytes, pcapgo.NgPacketOptions{Comments: comments(e)}); err != nil {
			return err
		}
		if err := send(); err != nil {
			return err
		}
	}
	return nil
}

// comments gives the number of a frame, and what the wire did to it.
func comments(e Event) []string {
	did := []string{fmt.Sprintf("frame %d of the lab", e.Frame.Number)}
	v := e.Verdict
	if v.Lost {
		did = append(did, "lost")
	}
	for _, bit := range v.Bits {
		did = append(did, fmt.Sprintf("bit %d turned over", bit))
	}
	if v.Delay > 0 {
		did = append(did, "delayed by "+v.Delay.String())
	}
	if v.Copies > 0 {
		did = append(did, "sent twice")
	}
	if v.Swapped {
		did = append(did, "swapped with the next")
	}
	return []string{strings.Join(did, ", ")}
}
