package dnslookup

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Type is the type of a record: what a name is asked for. RFC 1035 3.2.2 and
// the registry at iana.org/assignments/dns-parameters.
type Type uint16

const (
	TypeA          Type = 1
	TypeNS         Type = 2
	TypeCNAME      Type = 5
	TypeSOA        Type = 6
	TypePTR        Type = 12
	TypeMX         Type = 15
	TypeTXT        Type = 16
	TypeAAAA       Type = 28
	TypeSRV        Type = 33
	TypeDNAME      Type = 39
	TypeOPT        Type = 41
	TypeDS         Type = 43
	TypeRRSIG      Type = 46
	TypeNSEC       Type = 47
	TypeDNSKEY     Type = 48
	TypeNSEC3      Type = 50
	TypeNSEC3PARAM Type = 51
	TypeTLSA       Type = 52
	TypeSVCB       Type = 64
	TypeHTTPS      Type = 65
	TypeIXFR       Type = 251
	TypeAXFR       Type = 252
	TypeANY        Type = 255
	TypeCAA        Type = 257
)

// typeNames holds every name of the registry (checked in November 2026). 128
// and 249 to 255 are of questions and of messages only; 255 is "*" there, and
// every program calls it ANY.
var typeNames = map[Type]string{
	1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR",
	10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT",
	17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP", 23: "NSAP-PTR",
	24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT",
	31: "EID", 32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT",
	38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP",
	45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 49: "DHCID", 50: "NSEC3",
	51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY",
	58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD",
	64: "SVCB", 65: "HTTPS", 66: "DSYNC", 67: "HHIT", 68: "BRID", 99: "SPF", 100: "UINFO",
	101: "UID", 102: "GID", 103: "UNSPEC", 104: "NID", 105: "L32", 106: "L64", 107: "LP",
	108: "EUI48", 109: "EUI64", 128: "NXNAME", 249: "TKEY", 250: "TSIG", 251: "IXFR",
	252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA", 258: "AVC",
	259: "DOA", 260: "AMTRELAY", 261: "RESINFO", 262: "WALLET", 263: "CLA", 264: "IPN",
	32768: "TA", 32769: "DLV",
}

var typeWords = map[Type]string{
	TypeA: "IPv4 address", TypeAAAA: "IPv6 address", TypeNS: "name server", TypeCNAME: "alias",
	TypeSOA: "start of the zone", TypePTR: "name of an address", TypeMX: "mail server", TypeTXT: "text",
	TypeSRV: "service", TypeDNAME: "alias of a whole subtree", TypeDS: "fingerprint of the child's key",
	TypeRRSIG: "signature", TypeNSEC: "proof of a gap", TypeNSEC3: "proof of a gap, hashed",
	TypeDNSKEY: "key", TypeTLSA: "certificate's fingerprint", TypeSVCB: "service binding",
	TypeOPT: "EDNS", TypeHTTPS: "web service binding", TypeCAA: "allowed certificate issuers",
	TypeAXFR: "the whole zone", TypeIXFR: "the zone's changes since a serial number", TypeANY: "any records",
}

var typeNumbers = func() map[string]Type {
	numbers := make(map[string]Type, len(typeNames))
	for t, name := range typeNames {
		numbers[name] = t
	}
	return numbers
}()

// String returns the registered name, or "TYPE65280" as RFC 3597 has it.
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// append appends the name to b.
func (t Type) append(b []byte) []byte {
	if name, ok := typeNames[t]; ok {
		return append(b, name...)
	}
	return strconv.AppendInt(append(b, "TYPE"...), int64(t), 10)
}

// Words says in plain words what a record of this type holds.
func (t Type) Words() string {
	if words, ok := typeWords[t]; ok {
		return words
	}
	return "record"
}

// MarshalText writes the type by its name.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// ParseType understands a name ("mx", "AAAA") or RFC 3597's "TYPE65280".
func ParseType(s string) (Type, error) {
	upper := strings.ToUpper(s)
	if t, ok := typeNumbers[upper]; ok {
		return t, nil
	}
	if digits, ok := strings.CutPrefix(upper, "TYPE"); ok {
		if n, err := strconv.ParseUint(digits, 10, 16); err == nil {
			return Type(n), nil
		} else if errors.Is(err, strconv.ErrRange) {
			return 0, fmt.Errorf("%q is not a record type: their numbers end at 65535", s)
		}
	}
	return 0, fmt.Errorf("%q is not a record type", s)
}

// A Question is a name and the type it is asked for, in class IN.
type Question struct {
	Name string `json:"name"` // fully qualified, with the final dot: "www.example.cn."
	Type Type   `json:"type"`
}

// String returns "www.example.cn. A".
func (q Question) String() string { return q.Name + " " + q.Type.String() }
