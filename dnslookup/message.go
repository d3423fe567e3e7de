package dnslookup

import (
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"time"

	"onwire/wire"
)

// A Message is a DNS message, decoded (RFC 1035 4.1).
type Message struct {
	ID                 uint16
	Response           bool // QR: a reply, not a query
	Opcode             int
	Authoritative      bool // AA: from a server of the zone itself
	Truncated          bool // TC: did not fit, ask again over TCP
	RecursionDesired   bool // RD
	RecursionAvailable bool // RA
	AuthenticData      bool // AD: the server says that it has verified the data
	CheckingDisabled   bool // CD
	Rcode              Rcode
	EDNS               *EDNS // nil without an OPT record

	Question   []Question
	Answer     []Record
	Authority  []Record
	Additional []Record // without the OPT record

	Fields []wire.Field // every bit of the message by name
	Raw    []byte       // the message itself

	class Class // of the question
}

// EDNS is what an OPT record says (RFC 6891).
type EDNS struct {
	Version int      `json:"version"`
	Size    int      `json:"udp_size"` // bytes that the sender takes over UDP
	DO      bool     `json:"do"`       // wants DNSSEC records
	Errors  []EDE    `json:"errors,omitempty"`
	Options []Option `json:"options,omitempty"` // in their order, the errors too
}

// An Option is one option of an OPT record (RFC 6891 6.1.2).
type Option struct {
	Code  int    `json:"code"`
	Name  string `json:"name"`  // "Cookie", or "Option 65001"
	Value string `json:"value"` // in words; safe to print
	data  []byte
}

// EDE is an extended DNS error (RFC 8914).
type EDE struct {
	Code int    `json:"code"`
	Text string `json:"text"` // as it came; String escapes it
}

// A Record is a resource record (RFC 1035 3.2.1).
type Record struct {
	Name  string     // the owner, fully qualified
	Type  Type       //
	Class Class      // 1 is IN
	TTL   uint32     // seconds; at most 2^31-1 (RFC 2181 8)
	Data  string     // as in a zone file: "10 mail.example.cn."
	Addr  netip.Addr // of an A or AAAA record; zero otherwise
}

// Target returns the name that the record points to, if it is a CNAME, DNAME,
// NS or PTR record, or a root-like empty string.
func (r Record) Target() string {
	switch r.Type {
	case TypeCNAME, TypeDNAME, TypeNS, TypePTR:
		return r.Data
	}
	return ""
}

// Lifetime returns the TTL as a duration.
func (r Record) Lifetime() time.Duration { return time.Duration(r.TTL) * time.Second }

// MarshalJSON writes name, type, class, ttl (seconds), data.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name  string `json:"name"`
		Type  Type   `json:"type"`
		Class Class  `json:"class"`
		TTL   uint32 `json:"ttl"`
		Data  string `json:"data"`
	}{r.Name, r.Type, r.Class, r.TTL, r.Data})
}

// MarshalJSON writes the message with all its keys.
func (m *Message) MarshalJSON() ([]byte, error) {
	records := func(rs []Record) []Record {
		if rs == nil {
			return []Record{}
		}
		return rs
	}
	questions, fields := m.Question, m.Fields
	if questions == nil {
		questions = []Question{}
	}
	if fields == nil {
		fields = []wire.Field{}
	}
	return json.Marshal(struct {
		ID         uint16       `json:"id"`
		QR         bool         `json:"qr"`
		Opcode     int          `json:"opcode"`
		AA         bool         `json:"aa"`
		TC         bool         `json:"tc"`
		RD         bool         `json:"rd"`
		RA         bool         `json:"ra"`
		AD         bool         `json:"ad"`
		CD         bool         `json:"cd"`
		Rcode      Rcode        `json:"rcode"`
		EDNS       *EDNS        `json:"edns"`
		Question   []Question   `json:"question"`
		Answer     []Record     `json:"answer"`
		Authority  []Record     `json:"authority"`
		Additional []Record     `json:"additional"`
		Hex        string       `json:"hex"`
		Fields     []wire.Field `json:"fields"`
	}{
		m.ID, m.Response, m.Opcode, m.Authoritative, m.Truncated, m.RecursionDesired, m.RecursionAvailable,
		m.AuthenticData, m.CheckingDisabled, m.Rcode, m.EDNS, questions,
		records(m.Answer), records(m.Authority), records(m.Additional), hex.EncodeToString(m.Raw), fields,
	})
}
