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

	u64           // a number of eight bytes
	locator       // eight bytes, as four groups of hex digits
	certType      // of a CERT record
	algorithmName // a DNSSEC algorithm, by its name in a zone file
	scheme        // of a DSYNC record
	nsapAddress   // bytes up to the end, as 0x and hex digits
	base64Maybe   // as base64Rest, but there may be none
)

// A layout is what the data of a type is made of, in the order of the wire,
// which is also the order in a zone file.
type layout struct {
	rfc   string
	parts []part
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
	if rr.Type == typeLOC && rr.Class == ClassIN && (n == 0 || d.msg[start] == 0) { // other versions are unknown
		group.RFC = "RFC 1876 2"
		return d.location(rr, group)
	}
	l, known := layouts[rr.Type]
	special := specials[rr.Type]
	strange := rr.Class != ClassIN && onlyIN[rr.Type]
	bare := n == 0 && (rr.Class == ClassANY || rr.Class == ClassNONE) // an UPDATE has records without data
	if !known && special == nil || strange || bare {                  // RFC 3597
		raw, value := d.rest()
		rr.Data = strings.TrimSpace(`\# ` + value)
		group.Value, group.RFC, group.Note = rr.Data, "RFC 3597 5", raw.Note
		return group, nil
	}
	p := &reader{d: d, rr: rr}
	if special != nil {
		p.rfc = special.rfc
		special.read(p)
	} else {
		p.rfc = l.rfc
		for _, part := range l.parts {
			p.read(part.name, part.kind)
		}
	}
	group.RFC = p.rfc
	if p.err != nil {
		return group, p.err
	}
	group.Fields = p.fields
	if d.pos != d.end {
		return group, d.fail(d.pos, "%s data is %d octets long, and its parts take only %d", rr.Type, n, d.pos-start)
	}
	if err := d.digestLength(rr, start); err != nil {
		return group, err
	}
	if rr.Data = strings.Join(p.values, " "); n == 0 {
		rr.Data = `\# 0`
	}
	group.Value = shorten(rr.Data)
	return group, nil
}

// digestLength checks that the digest of a DS or ZONEMD record has the length
// of its type, which is the byte before it.
func (d *decoder) digestLength(rr *Record, start int) error {
	sizes, at, rfc := map[byte]int{1: 20, 2: 32, 4: 48}, start+4, "RFC 4034 5.1.4"
	switch rr.Type {
	case TypeDS, 59, 32768, 32769:
	case 63:
		sizes, at, rfc = map[byte]int{1: 48, 2: 64}, start+6, "RFC 8976 2.2.4"
	default:
		return nil
	}
	if size, known := sizes[d.msg[at-1]]; known && d.end-at != size {
		return d.fail(at, "a digest of type %d has %d bytes, not %d (%s)", d.msg[at-1], size, d.end-at, rfc)
	}
	return nil
}

// A reader reads the parts of one record's data. After the first error the
// rest is left alone.
type reader struct {
	d      *decoder
	rr     *Record
	rfc    string
	fields []wire.Field
	values []string // as in a zone file
	err    error
}

// read reads one part, and returns it as in a zone file.
func (p *reader) read(name string, k kind) string {
	if p.err != nil {
		return ""
	}
	f, value, err := p.d.part(part{name, k}, p.rr)
	if err != nil {
		p.err = err
		return ""
	}
	f.Name, f.RFC = name, p.rfc
	if f.Bits > 0 {
		p.fields = append(p.fields, f)
	}
	if value != "" {
		p.values = append(p.values, value)
	}
	return value
}

// fail records an error at the reader's place.
func (p *reader) fail(format string, args ...any) {
	if p.err == nil {
		p.err = p.d.fail(p.d.pos, format, args...)
	}
}

// bytes reads n bytes, and shows them as show does.
func (p *reader) bytes(name string, n int, show func([]byte) string) {
	if p.err != nil {
		return
	}
	if p.err = p.d.need(n, name); p.err != nil {
		return
	}
	from := p.d.pos
	value := show(p.d.take(n))
	if n > 0 {
		f := p.d.field(from, shorten(value))
		f.Name, f.RFC = name, p.rfc
		p.fields = append(p.fields, f)
	}
	p.values = append(p.values, value)
}

// left is how many bytes of the data are not read yet.
func (p *reader) left() int { return p.d.end - p.d.pos }
