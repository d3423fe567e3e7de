package frames

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onwire/greeter/frames/hpack"
)

// A rule is one that a whole header list keeps or breaks. broken returns what
// is wrong, in words, or "".
type rule struct {
	parts  []Part
	grpc   bool // of gRPC alone
	rfc    string
	broken func(f *Frame) string
}

var (
	ofRequest = []Part{Request}
	ofPromise = []Part{Request, Promise}
	ofEnd     = []Part{Trailers, TrailersOnly}
	ofCall    = []Part{Request, Response, Trailers, TrailersOnly}
)

// The sections of gRPC's own description, PROTOCOL-HTTP2.md.
const (
	grpcRequests  = "gRPC over HTTP2, Requests"
	grpcResponses = "gRPC over HTTP2, Responses"
)

// rules are judged in their order, and the first that is broken is told. Those
// about one field of a list are in checkList, and those about frames and
// streams beside the code that counts them.
var rules = []rule{
	{ofPromise, false, "RFC 9113 8.3.1", func(f *Frame) string {
		path, method := f.Get(":path"), f.Get(":method")
		if path == "" || path[0] == '/' || path == "*" && method == "OPTIONS" || method == "CONNECT" {
			return ""
		}
		return "the :path " + quote(path) + " does not begin with /"
	}},
	{ofPromise, false, "RFC 9113 8.3.1", func(f *Frame) string {
		host, authority := f.Get("host"), f.Get(":authority")
		if host == "" || authority == "" || strings.EqualFold(host, authority) {
			return ""
		}
		return "host " + quote(host) + " is not :authority " + quote(authority)
	}},
	{[]Part{Request, Promise, Response, TrailersOnly}, false, "RFC 9113 8.1.1", func(f *Frame) string {
		if n, ok := f.contentLength(); n == -1 && !ok {
			return "the content-length " + quote(f.Get("content-length")) + " is not one number"
		}
		return ""
	}},
	{[]Part{Interim}, false, "RFC 9113 8.6", func(f *Frame) string {
		if f.Get(":status") == "101" {
			return "the status 101 switches a connection of HTTP/1.1: HTTP/2 has none"
		}
		return ""
	}},
	{[]Part{Response, Interim, TrailersOnly}, false, "RFC 9113 8.3.2", func(f *Frame) string {
		if n, err := strconv.Atoi(f.Get(":status")); err != nil || n < 100 || n > 999 {
			return "the :status " + quote(f.Get(":status")) + " is not a number of three digits"
		}
		return ""
	}},
	{ofRequest, false, grpcRequests, func(f *Frame) string { // what calls itself gRPC, and has another type
		if f.GRPC || !strings.HasPrefix(f.Get("user-agent"), "grpc-") && f.Get("grpc-timeout") == "" && f.Get("grpc-encoding") == "" && f.Get("grpc-accept-encoding") == "" {
			return ""
		}
		if f.Get("content-type") == "" {
			return "a call of gRPC without content-type: it is application/grpc"
		}
		return "the content-type of a gRPC call is " + quote(f.Get("content-type")) + ", not application/grpc"
	}},
	{ofRequest, true, grpcRequests, func(f *Frame) string {
		if m := f.Get(":method"); m != "POST" {
			return "the :method of a gRPC call is " + quote(m) + ", not POST"
		}
		return ""
	}},
	{ofRequest, true, grpcRequests, func(f *Frame) string {
		if f.Get("te") == "" {
			return "te: trailers is missing: it shows that every proxy on the way passes trailers on"
		}
		return ""
	}},
	{ofRequest, true, grpcRequests, func(f *Frame) string {
		service, method, ok := strings.Cut(strings.TrimPrefix(f.Get(":path"), "/"), "/")
		if !ok || service == "" || method == "" || strings.Contains(method, "/") {
			return "the :path " + quote(f.Get(":path")) + " is not /Service/Method"
		}
		return ""
	}},
	{ofRequest, true, grpcRequests, func(f *Frame) string {
		if t := f.Get("grpc-timeout"); t != "" {
			if _, err := ParseTimeout(t); err != nil {
				return "the grpc-timeout " + err.Error()
			}
		}
		return ""
	}},
	{ofCall, true, "gRPC over HTTP2, Binary header", func(f *Frame) string {
		for _, h := range f.Headers {
			if h.Kind == hpack.SizeUpdate || !strings.HasSuffix(h.Name, "-bin") || isBinary(h) {
				continue
			}
			for v := range strings.SplitSeq(h.Value, ",") { // several values may be joined
				if _, err := decodeBinary(v); err != nil {
					return "the value of " + quote(h.Name) + " is not base64"
				}
			}
		}
		return ""
	}},
	{[]Part{Response}, true, grpcResponses, func(f *Frame) string {
		if f.Get("grpc-status") != "" {
			return "grpc-status in the response, and the stream goes on: it belongs into the trailers"
		}
		return ""
	}},
	{ofEnd, true, grpcResponses, func(f *Frame) string {
		if f.From != Server || f.Part == TrailersOnly && f.Get(":status") != "200" {
			return ""
		}
		s := f.Get("grpc-status")
		if s == "" {
			return "the " + f.Part.String() + " have no grpc-status"
		}
		if n, err := strconv.Atoi(s); err != nil || n < 0 || n >= len(statuses) || strings.Trim(s, "0123456789") != "" {
			return "grpc-status " + quote(s) + " is none that gRPC has: a client reads it as UNKNOWN"
		}
		return ""
	}},
	{ofEnd, true, grpcResponses, func(f *Frame) string { // Status-Details must not contradict Status
		v := f.Get(DetailsKey)
		if v == "" || f.From != Server {
			return ""
		}
		d, err := ParseDetails(v)
		s, _ := f.Status()
		switch {
		case err != nil:
			return DetailsKey + ": " + err.Error()
		case s == 0:
			return DetailsKey + " with grpc-status 0: only an error has details"
		case d.Code != 0 && d.Code != s:
			return fmt.Sprintf("%s has the code %d %v, and grpc-status is %d %v", DetailsKey, int(d.Code), d.Code, int(s), s)
		}
		return ""
	}},
}

// checkRules judges a header list by rules.
func (f *Frame) checkRules() {
	for _, r := range rules {
		if r.grpc && !f.GRPC || !slices.Contains(r.parts, f.Part) {
			continue
		}
		if reason := r.broken(f); reason != "" {
			f.fail(PROTOCOL_ERROR, f.Stream, 0, r.rfc, ErrMalformed, "%s", reason)
			return
		}
	}
}

// contentLength returns the content-length, -1 for none; ok is false where it
// is not one number.
func (f *Frame) contentLength() (n int64, ok bool) {
	n, ok = -1, true
	for _, h := range f.Headers {
		if h.Kind == hpack.SizeUpdate || h.Name != "content-length" {
			continue
		}
		v, err := strconv.ParseInt(h.Value, 10, 64)
		if err != nil || strings.Trim(h.Value, "0123456789") != "" || n >= 0 && n != v {
			return -1, false
		}
		n = v
	}
	return n, ok
}

// decodeBinary reads the base64 of metadata, padded or not.
func decodeBinary(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(s), "="))
}
