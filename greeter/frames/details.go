package frames

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"onwire/pbwire"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // the usual details
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// DetailsKey is the trailer in which a server says more than a code and a
// text: a google.rpc.Status, in base64.
const DetailsKey = "grpc-status-details-bin"

// A Detail is one of the messages in a google.rpc.Status.
type Detail struct {
	Type string `json:"type"` // "google.rpc.BadRequest"
	JSON string `json:"json"` // its ProtoJSON on one line; "" if the type is not known
	Raw  string `json:"raw"`  // for an unknown type: {1: "text"}, as far as the bytes say it
}

// String returns the type and what it says.
func (d Detail) String() string { return d.Type + " " + d.JSON + d.Raw }

// Details are what DetailsKey says.
type Details struct {
	Code    Status
	Message string
	List    []Detail
}

// maxDetails bounds the messages of a google.rpc.Status that are read.
const maxDetails = 32

// ParseDetails reads the value of DetailsKey as it is on the wire: base64, or
// bytes after a zero.
func ParseDetails(value string) (*Details, error) {
	raw := []byte(strings.TrimPrefix(value, "\x00"))
	if !strings.HasPrefix(value, "\x00") {
		var err error
		if raw, err = decodeBinary(value); err != nil {
			return nil, err
		}
	}
	return UnmarshalDetails(raw)
}

// UnmarshalDetails reads the bytes of a google.rpc.Status.
func UnmarshalDetails(raw []byte) (*Details, error) {
	var s spb.Status
	if err := proto.Unmarshal(raw, &s); err != nil {
		return nil, errors.New("these bytes are no google.rpc.Status")
	}
	d := &Details{Code: Status(s.Code), Message: s.Message}
	for _, any := range s.Details[:min(len(s.Details), maxDetails)] {
		d.List = append(d.List, detail(any))
	}
	return d, nil
}

func detail(a *anypb.Any) Detail {
	d := Detail{Type: a.TypeUrl[strings.LastIndexByte(a.TypeUrl, '/')+1:]}
	m, err := a.UnmarshalNew()
	if err == nil {
		var text []byte
		if text, err = protojson.Marshal(m); err == nil {
			var line bytes.Buffer // the library puts in spaces at random
			if err = json.Compact(&line, text); err == nil {
				d.JSON = line.String()
				return d
			}
		}
	}
	d.Raw = pbwire.Likely(pbwire.Record{Type: pbwire.LEN, Bytes: a.Value})
	return d
}

// String returns the details on one line.
func (d *Details) String() string {
	text := fmt.Sprintf("google.rpc.Status %d %v", int(d.Code), d.Code)
	if d.Message != "" {
		text += fmt.Sprintf(" %q", d.Message)
	}
	for _, one := range d.List {
		text += "; " + one.String()
	}
	return text
}
