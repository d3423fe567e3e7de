package schema

import (
	"fmt"
	"testing"
)

// TestTimes: the texts of a Timestamp and of a Duration are those of RFC 3339
// 5.6 and of ProtoJSON, wherever in a message they are.
func TestTimes(t *testing.T) {
	f, err := Parse(t.Context(), "times.proto", `syntax = "proto3";
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/timestamp.proto";
message M {
  google.protobuf.Timestamp at = 1;
  google.protobuf.Duration took = 2;
  repeated google.protobuf.Timestamp many = 3;
  map<string, google.protobuf.Timestamp> by_name = 4;
  M inner = 5;
  google.protobuf.Any any = 6;
}`)
	if err != nil {
		t.Fatal(err)
	}
	md, err := f.Message("M")
	if err != nil {
		t.Fatal(err)
	}
	forms := []string{
		`{"at":"%s"}`, `{"many":["2024-01-01T00:00:00Z","%s"]}`, `{"byName":{"x":"%s"}}`, `{"by_name":{"x":"%s"}}`, `{"inner":{"inner":{"at":"%s"}}}`,
		`{"any":{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"%s"}}`, `{"any":{"@type":"type.googleapis.com/M","at":"%s"}}`,
	}
	for text, good := range map[string]bool{
		"2024-02-29T12:00:00Z": true, "2024-02-29T12:00:00.123456789Z": true, "2024-02-29T12:00:00+23:59": true,
		"2024-02-29T12:00:00-00:00": true, "0001-01-01T00:00:00Z": true, "9999-12-31T23:59:59.999999999Z": true,
		"2024-02-29T12:00:00+24:00": false, "2024-02-29T12:00:00-24:00": false, "2024-02-29T12:00:00+00:60": false,
		"2024-02-29T12:00:00+99:99": false, "2024-02-29T12:00:00,5Z": false, "2024-02-29T1:00:00Z": false,
		"2024-02-29T12:00:00": false, "2024-02-29 12:00:00Z": false, "2024-02-29t12:00:00z": false, "2023-02-29T12:00:00Z": false,
		"2024-02-29T12:00:60Z": false, "2024-02-29T24:00:00Z": false, "2024-02-29T12:00:00.Z": false,
		"2024-02-29T12:00:00.1234567890Z": false, "0000-12-31T23:59:59Z": false, "0001-01-01T00:00:00+01:00": false,
		"10000-01-01T00:00:00Z": false, "2024-02-29T12:00Z": false, "2024-02-29T12:00:00+0100": false, "": false,
	} {
		for _, form := range forms {
			data := fmt.Sprintf(form, text)
			if _, err := f.FromJSON(md, []byte(data)); (err == nil) != good {
				t.Errorf("%s: %v", data, err)
			}
		}
	}
	for text, good := range map[string]bool{
		"0s": true, "1.5s": true, "-1.5s": true, "1.123456789s": true, "315576000000s": true, "-315576000000s": true,
		"315576000001s": false, "-315576000001s": false, "1.1234567890s": false, "1": false, "1m": false, "1.s": false,
		".5s": false, "+1s": false, "1e3s": false, "s": false, "-s": false, " 1s": false, "1,5s": false,
	} {
		data := fmt.Sprintf(`{"took":%q}`, text)
		if _, err := f.FromJSON(md, []byte(data)); (err == nil) != good {
			t.Errorf("%s: %v", data, err)
		}
	}
}
