package dnslookup

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"onwire/wire"
)

// errorCodes are the extended errors of RFC 8914 5.2 and those that were
// registered later.
var errorCodes = []string{"Other Error", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer",
	"Forged Answer", "DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
	"RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored", "Filtered",
	"Prohibited", "Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported", "No Reachable Authority", "Network Error",
	"Invalid Data", "Signature Expired before Valid", "Too Early", "Unsupported NSEC3 Iterations Value",
	"Unable to conform to policy", "Synthesized", "Invalid Query Type"}

// String returns "Stale Answer: text" (RFC 8914), safe to print.
func (e EDE) String() string {
	name := "error " + strconv.Itoa(e.Code)
	if e.Code < len(errorCodes) {
		name = errorCodes[e.Code]
	}
	if e.Text == "" {
		return name
	}
	return name + ": " + wire.Escape(e.Text)
}

// bogus reports whether DNSSEC is the reason: codes 6 to 12.
func (e EDE) bogus() bool { return 6 <= e.Code && e.Code <= 12 }

// Codes of the EDNS options that we send or use.
const (
	optNSID    = 3
	optSubnet  = 8
	optCookie  = 10
	optPadding = 12
	optError   = 15
)

// An optionKind is an EDNS option of IANA's registry: how to read its data. ok
// is false if the data is malformed.
type optionKind struct {
	name string
	rfc  string
	read func(b []byte) (value string, ok bool)
}

var optionKinds = map[int]optionKind{
	1:          {"Long-lived query", "RFC 8764 3.2", readLLQ},
	2:          {"Update lease", "RFC 9664 4", readLease},
	optNSID:    {"NSID", "RFC 5001 2.3", readNSID},
	5:          {"DNSSEC algorithms understood", "RFC 6975 3", readAlgorithms},
	6:          {"DS digests understood", "RFC 6975 3", readNumbers(1)},
	7:          {"NSEC3 hashes understood", "RFC 6975 3", readNumbers(1)},
	optSubnet:  {"Client subnet", "RFC 7871 6", readSubnet},
	9:          {"Expire", "RFC 7314 2", readExpire},
	optCookie:  {"Cookie", "RFC 7873 4", readCookie},
	11:         {"TCP keepalive", "RFC 7828 3.1", readKeepalive},
	optPadding: {"Padding", "RFC 7830 3", readPadding},
	13:         {"Chain", "RFC 7901 4", readOptionName},
	14:         {"Key tags", "RFC 8145 4.1", readNumbers(2)},
	optError:   {"Extended error", "RFC 8914 2", readError},
	16:         {"Client tag", "IANA: option 16", readNumbers(2)},
	17:         {"Server tag", "IANA: option 17", readNumbers(2)},
	18:         {"Report channel", "RFC 9567 5", readOptionName},
	19:         {"Zone version", "RFC 9660 2", readZoneVersion},
}

// options reads the options of an OPT record (RFC 6891 6.1.2).
func (d *decoder) options(m *Message, group wire.Field) (wire.Field, error) {
	group.RFC = "RFC 6891 6.1.2"
	for d.pos < d.end {
		from := d.pos
		if err := d.need(4, "an EDNS option"); err != nil {
			return group, err
		}
		head := d.take(4)
		code, n := int(head[0])<<8|int(head[1]), int(head[2])<<8|int(head[3])
		if err := d.need(n, "the EDNS option"); err != nil {
			return group, err
		}
		o := Option{Code: code, Name: "Option " + strconv.Itoa(code), data: d.take(n)}
		rfc := ""
		if kind, known := optionKinds[code]; known {
			value, ok := kind.read(o.data)
			if !ok {
				return group, d.fail(from, "the EDNS option %s (%d) with %d %s of data is malformed (%s)", kind.name, code, n, plural(n, "byte"), kind.rfc)
			}
			o.Name, o.Value, rfc = kind.name, value, kind.rfc
		} else {
			o.Value = hex.EncodeToString(o.data)
		}
		if code == optError {
			m.EDNS.Errors = append(m.EDNS.Errors, extendedError(o.data))
		}
		m.EDNS.Options = append(m.EDNS.Options, o)
		f := d.field(from, shorten(o.Value))
		f.Name, f.RFC = o.Name, rfc
		f.Note = wire.Notef("option %d, with %d bytes of data", code, n)
		group.Fields = append(group.Fields, f)
	}
	group.Value = strconv.Itoa(len(group.Fields)) + " " + plural(len(group.Fields), "option")
	return group, nil
}

func extendedError(b []byte) EDE {
	return EDE{int(b[0])<<8 | int(b[1]), strings.TrimSuffix(string(b[2:]), "\x00")}
}

func readError(b []byte) (string, bool) {
	if len(b) < 2 {
		return "", false
	}
	return extendedError(b).String(), true
}

func number(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// readNSID shows the server's own name for itself, which may be any bytes.
func readNSID(b []byte) (string, bool) {
	switch {
	case len(b) == 0:
		return "asks the server for its identifier", true
	case utf8.Valid(b):
		return fmt.Sprintf("%q (%x)", b, b), true
	}
	return hex.EncodeToString(b), true
}

func readAlgorithms(b []byte) (string, bool) {
	var names []string
	for _, n := range b {
		names = append(names, fmt.Sprintf("%d (%s)", n, AlgorithmName(n)))
	}
	return strings.Join(names, ", "), true
}

// readNumbers reads numbers of the given size.
func readNumbers(size int) func(b []byte) (string, bool) {
	return func(b []byte) (string, bool) {
		var numbers []string
		for i := 0; i+size <= len(b); i += size {
			numbers = append(numbers, strconv.FormatUint(number(b[i:i+size]), 10))
		}
		return strings.Join(numbers, ", "), len(b)%size == 0
	}
}

// readSubnet reads a prefix of the client, of which the bytes that hold its
// bits are there, and for how much of it the answer holds.
func readSubnet(b []byte) (string, bool) {
	if len(b) < 4 {
		return "", false
	}
	family, source, scope := number(b[:2]), int(b[2]), int(b[3])
	size := map[uint64]int{1: 4, 2: 16}[family]
	if family == 0 && source == 0 && scope == 0 && len(b) == 4 {
		return "no client address", true
	}
	if size == 0 || source > 8*size || scope > 8*size || len(b)-4 != (source+7)/8 {
		return "", false
	}
	var whole [16]byte
	copy(whole[:], b[4:])
	addr, _ := netip.AddrFromSlice(whole[:size])
	prefix := netip.PrefixFrom(addr, source)
	if prefix.Masked() != prefix { // bits after the prefix must be zero
		return "", false
	}
	return fmt.Sprintf("%s, scope /%d", prefix, scope), true
}

func readExpire(b []byte) (string, bool) {
	switch len(b) {
	case 0:
		return "asks when the zone expires", true
	case 4:
		return fmt.Sprintf("the zone expires in %d s", number(b)), true
	}
	return "", false
}

func readCookie(b []byte) (string, bool) {
	switch n := len(b); {
	case n == 8:
		return "client " + hex.EncodeToString(b), true
	case 16 <= n && n <= 40:
		return fmt.Sprintf("client %x, server %x", b[:8], b[8:]), true
	}
	return "", false
}

func readKeepalive(b []byte) (string, bool) {
	switch len(b) {
	case 0:
		return "asks how long a connection may stay idle", true
	case 2:
		return fmt.Sprintf("an idle connection is kept for %.1f s", float64(number(b))/10), true
	}
	return "", false
}

func readPadding(b []byte) (string, bool) {
	for _, c := range b {
		if c != 0 {
			return fmt.Sprintf("%d bytes, not all of them 0", len(b)), true
		}
	}
	return fmt.Sprintf("%d bytes of 0", len(b)), true
}

// readOptionName reads a name without pointers that fills the whole option.
func readOptionName(b []byte) (string, bool) {
	d := &decoder{msg: append(make([]byte, 12), b...), pos: 12, end: 12 + len(b), text: 4 * maxName}
	f, name, err := d.name("Name", "")
	if err != nil || d.pos != d.end {
		return "", false
	}
	return name, f.Fields[len(f.Fields)-1].Name != "Pointer"
}

func readZoneVersion(b []byte) (string, bool) {
	switch {
	case len(b) == 0:
		return "asks for the version of the zone", true
	case len(b) < 2, b[1] == 0 && len(b) != 6:
		return "", false
	case b[1] == 0:
		return fmt.Sprintf("SOA serial %d of the zone with %d %s", number(b[2:]), b[0], plural(int(b[0]), "label")), true
	}
	return fmt.Sprintf("type %d, %x, of the zone with %d %s", b[1], b[2:], b[0], plural(int(b[0]), "label")), true
}

func readLLQ(b []byte) (string, bool) {
	if len(b) != 18 {
		return "", false
	}
	return fmt.Sprintf("version %d, opcode %d, error %d, ID %x, lease %d s", number(b[:2]), number(b[2:4]), number(b[4:6]), b[6:14], number(b[14:])), true
}

func readLease(b []byte) (string, bool) {
	switch len(b) {
	case 4:
		return fmt.Sprintf("%d s", number(b)), true
	case 8:
		return fmt.Sprintf("%d s, keys %d s", number(b[:4]), number(b[4:])), true
	}
	return "", false
}
