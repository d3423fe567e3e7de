package main

import (
	"encoding/base64"
	"slices"
	"strings"

	"onwire/internal/cli"

	"google.golang.org/grpc/metadata"
)

// parseMetadata reads "key: value" as curl's -H does. The value of a key that
// ends in -bin is bytes, written in base64, as it is on the wire.
func parseMetadata(headers []string) (metadata.MD, error) {
	md := metadata.MD{}
	for _, h := range headers {
		key, value, ok := strings.Cut(h, ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch {
		case !ok:
			return nil, cli.Misuse("write key: value, as in -H 'x-request-id: 7'", "-H %q has no colon", h)
		case !isKey(key):
			return nil, cli.Misuse("write key: value, as in -H 'x-request-id: 7'; a key has a-z, 0-9, _ - .", "-H %q: %q is no key", h, key)
		case slices.Contains(reserved, key):
			return nil, cli.Misuse("choose a name of your own, as in -H 'x-request-id: 7'", "-H %q: %s is not for the caller to set: gRPC and HTTP/2 do", h, key)
		case strings.HasPrefix(key, "grpc-"):
			return nil, cli.Misuse("names that begin with grpc- are gRPC's own; --timeout makes grpc-timeout", "-H %q: %s is not for the caller to set", h, key)
		case strings.HasSuffix(key, "-bin"):
			raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
			if err != nil {
				return nil, cli.Misuse("the value of a key that ends in -bin is bytes, in base64", "-H %q: %v", h, err)
			}
			value = string(raw)
		case strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) >= 0:
			return nil, cli.Misuse("bytes go under a key that ends in -bin, in base64", "-H %q: the value is not ASCII text", h)
		}
		md.Append(key, value)
	}
	return md, nil
}

// reserved are the names that gRPC writes itself, and those that HTTP/2 has no
// use for (RFC 9113 8.2.2).
var reserved = []string{"content-type", "user-agent", "te", "host", "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"}

func isKey(key string) bool {
	return key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == ""
}

// metadataValue is a value as text.
func metadataValue(key, value string) string {
	if strings.HasSuffix(key, "-bin") {
		return base64.RawStdEncoding.EncodeToString([]byte(value))
	}
	return value
}
