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
	TypeANY        Type = 255
	TypeCAA        Type = 257
)

// typeNames holds the registered names; typeWords says the common ones plainly.
var typeNames = map[Type]string{
	1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR",
	10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT",
	17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP", 23: "NSAP-PTR",
	24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT",
	33: "SRV", 35: "NAPTR", 36: "KX", 37: "CERT", 39: "DNAME", 41: "OPT", 42: "APL",
	43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
	49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP",
	59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB",
	65: "HTTPS", 99: "SPF", 108: "EUI48", 109: "EUI64", 249: "TKEY", 250: "TSIG",
	251: "IXFR", 252: "AXFR", 255: "ANY", 256: "URI", 257: "CAA",
}

var typeWords = map[Type]string{
	TypeA: "IPv4 address", TypeAAAA: "IPv6 address", TypeNS: "name server", TypeCNAME: "alias",
	TypeSOA: "start of the zone", TypePTR: "name of an address", TypeMX: "mail server", TypeTXT: "text",
	TypeSRV: "service", TypeDNAME: "alias of a whole subtree", TypeDS: "fingerprint of the child's key",
	TypeRRSIG: "signature", TypeNSEC: "proof of a gap", TypeNSEC3: "proof of a gap, hashed",
	TypeDNSKEY: "key", TypeTLSA: "certificate's fingerprint", TypeSVCB: "service binding",
	TypeOPT: "EDNS", TypeHTTPS: "web service binding", TypeCAA: "allowed certificate issuers",
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

// append writes the name behind b.
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

// An Rcode is the result code of a reply. Those above 15 stand partly in the
// OPT record (RFC 6891 6.1.3).
type Rcode uint16

const (
	NoError  Rcode = 0
	FormErr  Rcode = 1
	ServFail Rcode = 2
	NXDomain Rcode = 3
	NotImp   Rcode = 4
	Refused  Rcode = 5
	YXDomain Rcode = 6
	BadVers  Rcode = 16
)

var rcodes = map[Rcode][2]string{
	0:  {"NOERROR", "no error"},
	1:  {"FORMERR", "the server could not read the query"},
	2:  {"SERVFAIL", "the server could not get an answer, or did not trust the one it got"},
	3:  {"NXDOMAIN", "no such name: neither it nor anything below it exists"},
	4:  {"NOTIMP", "the server does not know this kind of query"},
	5:  {"REFUSED", "the server will not answer this question from you"},
	6:  {"YXDOMAIN", "the new name that a DNAME makes would be too long"},
	7:  {"YXRRSET", "records exist that should not"},
	8:  {"NXRRSET", "records that should exist do not"},
	9:  {"NOTAUTH", "the server is not responsible for this zone"},
	10: {"NOTZONE", "the name is not in the zone"},
	16: {"BADVERS", "the server does not speak this version of EDNS"},
	23: {"BADCOOKIE", "the DNS cookie is missing or wrong"},
}

// String returns the registered name: "NXDOMAIN".
func (r Rcode) String() string {
	if known, ok := rcodes[r]; ok {
		return known[0]
	}
	return "RCODE" + strconv.Itoa(int(r))
}

// Words says in plain words what the code means.
func (r Rcode) Words() string {
	if known, ok := rcodes[r]; ok {
		return known[1]
	}
	return "a code without a common meaning"
}

// MarshalText writes the code by its name.
func (r Rcode) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// A Question is a name and the type it is asked for, in class IN.
type Question struct {
	Name string `json:"name"` // fully qualified, with the final dot: "www.example.cn."
	Type Type   `json:"type"`
}

// String returns "www.example.cn. A".
func (q Question) String() string { return q.Name + " " + q.Type.String() }
