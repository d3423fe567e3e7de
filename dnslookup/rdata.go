package dnslookup

import (
	"strings"

	"onwire/wire"
)

// A part is one piece of a record's data: its name in the RFC, and the kind of
// value that it holds.
type part struct {
	name string
	kind kind
}

type kind int

const (
	u8 kind = iota // numbers
	u16
	u32
	addr4      // an IPv4 address
	addr6      // an IPv6 address
	eui48      // a MAC address
	eui64      // a longer one
	domain     // a name
	text       // one character-string: a length octet and as many octets
	texts      // character-strings up to the end
	rawText    // text up to the end, without a length
	hexRest    // octets up to the end, shown in hex
	base64Rest // octets up to the end, shown in base64
	hexCounted // a length octet and octets, shown in hex: a salt
	b32Counted // a length octet and octets, shown in base32hex: a hashed name
	typeCode   // a record type
	algorithm  // a DNSSEC algorithm
	digest     // a DS digest type
	instant    // seconds since 1970, as YYYYMMDDHHMMSS
	keyFlags   // of a DNSKEY
	types      // the type bit map of NSEC
	params     // the parameters of SVCB
)

// A layout is what the data of a type is made of, in the order of the wire,
// which is also the order in a zone file.
type layout struct {
	rfc   string
	parts []part
}

var layouts = map[Type]layout{
	TypeA:     {"RFC 1035 3.4.1", []part{{"Address", addr4}}},
	TypeNS:    {"RFC 1035 3.3.11", []part{{"Name server", domain}}},
	TypeCNAME: {"RFC 1035 3.3.1", []part{{"Canonical name", domain}}},
	TypeSOA: {"RFC 1035 3.3.13", []part{{"Primary server", domain}, {"Mailbox", domain}, {"Serial", u32},
		{"Refresh", u32}, {"Retry", u32}, {"Expire", u32}, {"Minimum", u32}}},
	TypePTR:   {"RFC 1035 3.3.12", []part{{"Name", domain}}},
	3:         {"RFC 1035 3.3.4", []part{{"Mail destination", domain}}},
	4:         {"RFC 1035 3.3.5", []part{{"Mail forwarder", domain}}},
	7:         {"RFC 1035 3.3.3", []part{{"Mailbox", domain}}},
	8:         {"RFC 1035 3.3.6", []part{{"Mail group member", domain}}},
	9:         {"RFC 1035 3.3.8", []part{{"Mail rename", domain}}},
	14:        {"RFC 1035 3.3.7", []part{{"Responsible mailbox", domain}, {"Error mailbox", domain}}},
	19:        {"RFC 1183 3.1", []part{{"PSDN address", text}}},
	20:        {"RFC 1183 3.2", []part{{"ISDN address", texts}}},
	27:        {"RFC 1712 3", []part{{"Longitude", text}, {"Latitude", text}, {"Altitude", text}}},
	21:        {"RFC 1183 3.3", []part{{"Preference", u16}, {"Intermediate host", domain}}},
	26:        {"RFC 2163 4", []part{{"Preference", u16}, {"RFC 822 name", domain}, {"X.400 name", domain}}},
	49:        {"RFC 4701 3.1", []part{{"Digest", base64Rest}}},
	108:       {"RFC 7043 3.1", []part{{"Address", eui48}}},
	109:       {"RFC 7043 4.1", []part{{"Address", eui64}}},
	13:        {"RFC 1035 3.3.2", []part{{"CPU", text}, {"OS", text}}},
	TypeMX:    {"RFC 1035 3.3.9", []part{{"Preference", u16}, {"Exchange", domain}}},
	TypeTXT:   {"RFC 1035 3.3.14", []part{{"Text", texts}}},
	17:        {"RFC 1183 2.2", []part{{"Mailbox", domain}, {"Text name", domain}}},
	18:        {"RFC 1183 1", []part{{"Subtype", u16}, {"Host", domain}}},
	TypeAAAA:  {"RFC 3596 2.2", []part{{"Address", addr6}}},
	TypeSRV:   {"RFC 2782", []part{{"Priority", u16}, {"Weight", u16}, {"Port", u16}, {"Target", domain}}},
	35:        {"RFC 3403 4.1", []part{{"Order", u16}, {"Preference", u16}, {"Flags", text}, {"Services", text}, {"Regexp", text}, {"Replacement", domain}}},
	36:        {"RFC 2230 3.1", []part{{"Preference", u16}, {"Exchanger", domain}}},
	TypeDNAME: {"RFC 6672 2.1", []part{{"Target", domain}}},
	TypeDS:    {"RFC 4034 5.1", []part{{"Key tag", u16}, {"Algorithm", algorithm}, {"Digest type", digest}, {"Digest", hexRest}}},
	44:        {"RFC 4255 3.1", []part{{"Algorithm", u8}, {"Fingerprint type", u8}, {"Fingerprint", hexRest}}},
	TypeRRSIG: {"RFC 4034 3.1", []part{{"Type covered", typeCode}, {"Algorithm", algorithm}, {"Labels", u8},
		{"Original TTL", u32}, {"Expiration", instant}, {"Inception", instant}, {"Key tag", u16}, {"Signer", domain}, {"Signature", base64Rest}}},
	TypeNSEC:   {"RFC 4034 4.1", []part{{"Next name", domain}, {"Types", types}}},
	TypeDNSKEY: {"RFC 4034 2.1", []part{{"Flags", keyFlags}, {"Protocol", u8}, {"Algorithm", algorithm}, {"Public key", base64Rest}}},
	TypeNSEC3: {"RFC 5155 3.2", []part{{"Hash algorithm", u8}, {"Flags", u8}, {"Iterations", u16}, {"Salt", hexCounted},
		{"Next hashed name", b32Counted}, {"Types", types}}},
	TypeNSEC3PARAM: {"RFC 5155 4.2", []part{{"Hash algorithm", u8}, {"Flags", u8}, {"Iterations", u16}, {"Salt", hexCounted}}},
	TypeTLSA:       {"RFC 6698 2.1", []part{{"Usage", u8}, {"Selector", u8}, {"Matching type", u8}, {"Data", hexRest}}},
	53:             {"RFC 8162 2", []part{{"Usage", u8}, {"Selector", u8}, {"Matching type", u8}, {"Data", hexRest}}},
	59:             {"RFC 7344 3.1", []part{{"Key tag", u16}, {"Algorithm", algorithm}, {"Digest type", digest}, {"Digest", hexRest}}},
	60:             {"RFC 7344 3.2", []part{{"Flags", keyFlags}, {"Protocol", u8}, {"Algorithm", algorithm}, {"Public key", base64Rest}}},
	61:             {"RFC 7929 2.1", []part{{"Key", base64Rest}}},
	62:             {"RFC 7477 2.1", []part{{"Serial", u32}, {"Flags", u16}, {"Types", types}}},
	63:             {"RFC 8976 2.2", []part{{"Serial", u32}, {"Scheme", u8}, {"Hash algorithm", u8}, {"Digest", hexRest}}},
	TypeSVCB:       {"RFC 9460 2.2", []part{{"Priority", u16}, {"Target", domain}, {"Parameters", params}}},
	TypeHTTPS:      {"RFC 9460 9", []part{{"Priority", u16}, {"Target", domain}, {"Parameters", params}}},
	99:             {"RFC 7208 3.1", []part{{"Text", texts}}},
	256:            {"RFC 7553 4.5", []part{{"Priority", u16}, {"Weight", u16}, {"Target", rawText}}},
	TypeCAA:        {"RFC 8659 4.1", []part{{"Flags", u8}, {"Tag", text}, {"Value", rawText}}},
}

// data reads the n octets of a record's data, which are there, and sets
// rr.Data and rr.Addr.
func (d *decoder) data(rr *Record, m *Message, n int) (wire.Field, error) {
	start, outer := d.pos, d.end
	d.end = start + n
	defer func() { d.end = outer }()
	group := wire.Field{Name: "Data", Bit: 8 * start, Bits: 8 * n, RFC: "RFC 1035 4.1.3"}
	if rr.Type == TypeOPT {
		return d.options(m, group)
	}
	if rr.Type == typeLOC && rr.Class == 1 && n > 0 && d.msg[start] == 0 { // other versions are unknown
		group.RFC = "RFC 1876 2"
		return d.location(rr, group)
	}
	l, known := layouts[rr.Type]
	if !known || rr.Class != 1 || n == 0 { // RFC 3597; an UPDATE has empty data
		raw, value := d.rest()
		rr.Data = strings.TrimSpace(`\# ` + value)
		group.Value, group.RFC, group.Note = rr.Data, "RFC 3597 5", raw.Note
		return group, nil
	}
	group.RFC = l.rfc
	var values []string
	for _, p := range l.parts {
		f, value, err := d.part(p, rr)
		if err != nil {
			return group, err
		}
		f.Name, f.RFC = p.name, l.rfc
		if f.Bits > 0 {
			group.Fields = append(group.Fields, f)
		}
		if value != "" {
			values = append(values, value)
		}
	}
	if d.pos != d.end {
		return group, d.fail(d.pos, "%s data is %d octets long, and its parts take only %d", rr.Type, n, d.pos-start)
	}
	rr.Data = strings.Join(values, " ")
	group.Value = shorten(rr.Data)
	return group, nil
}
