package dnslookup

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"onwire/wire"
)

// svcParamKeys are the keys of RFC 9460 14.3.2.
var svcParamKeys = []string{"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"}

func svcParamKey(n int) string {
	if n < len(svcParamKeys) {
		return svcParamKeys[n]
	}
	return "key" + strconv.Itoa(n)
}

// svcParams reads the parameters of an SVCB or HTTPS record (RFC 9460 2.2).
func (d *decoder) svcParams() (wire.Field, string, error) {
	start, last := d.pos, -1
	var values []string
	var parts []wire.Field
	for d.pos < d.end {
		from := d.pos
		if err := d.need(4, "a parameter"); err != nil {
			return wire.Field{}, "", err
		}
		head := d.take(4)
		key, n := int(head[0])<<8|int(head[1]), int(head[2])<<8|int(head[3])
		if key <= last {
			return wire.Field{}, "", d.fail(from, "parameter %d follows %d; they must ascend (RFC 9460 2.2)", key, last)
		}
		last = key
		if err := d.need(n, "parameter "+svcParamKey(key)); err != nil {
			return wire.Field{}, "", err
		}
		value := svcParamKey(key)
		text, ok := svcValue(key, d.take(n))
		if !ok {
			return wire.Field{}, "", d.fail(from, "parameter %s with %d octets is not valid (RFC 9460 7)", value, n)
		}
		if n > 0 {
			value += `="` + text + `"`
		}
		f := d.field(from, value)
		f.Name = "Parameter"
		parts, values = append(parts, f), append(values, value)
	}
	f := d.field(start, strings.Join(values, " "))
	f.Fields = parts
	return f, f.Value, nil
}

// svcValue writes the value of a parameter (RFC 9460 7) without its quotes.
func svcValue(key int, b []byte) (string, bool) {
	var list []string
	switch key {
	case 0:
		for i := 0; i+1 < len(b); i += 2 {
			list = append(list, svcParamKey(int(b[i])<<8|int(b[i+1])))
		}
		return strings.Join(list, ","), len(b) > 0 && len(b)%2 == 0
	case 1:
		for len(b) > 0 {
			n := int(b[0])
			if n == 0 || n > len(b)-1 {
				return "", false
			}
			// The list has escapes of its own, and the string that holds it
			// escapes those again (RFC 9460 A.1).
			list = append(list, inner([]byte(strings.NewReplacer(`\`, `\\`, `,`, `\,`).Replace(string(b[1:1+n])))))
			b = b[1+n:]
		}
		return strings.Join(list, ","), true
	case 2:
		return "", len(b) == 0
	case 3:
		if len(b) != 2 {
			return "", false
		}
		return strconv.Itoa(int(b[0])<<8 | int(b[1])), true
	case 4, 6:
		size := 4
		if key == 6 {
			size = 16
		}
		for i := 0; i+size <= len(b); i += size {
			addr, _ := netip.AddrFromSlice(b[i : i+size])
			list = append(list, addr.String())
		}
		return strings.Join(list, ","), len(b) > 0 && len(b)%size == 0
	case 5:
		return base64.StdEncoding.EncodeToString(b), true
	}
	return inner(b), true
}

func inner(b []byte) string {
	q := quote(b)
	return q[1 : len(q)-1]
}

// optionNames are the EDNS options that programs send.
var optionNames = map[int]string{3: "NSID", 8: "Client subnet", 9: "Expire", 10: "Cookie", 11: "TCP keepalive", 12: "Padding", 14: "Key tag", 15: "Extended error"}

// errorCodes are the extended errors of RFC 8914 5.2.
var errorCodes = []string{"Other Error", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer",
	"Forged Answer", "DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
	"RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored", "Filtered",
	"Prohibited", "Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported", "No Reachable Authority", "Network Error",
	"Invalid Data"}

// String returns "Stale Answer: text" (RFC 8914).
func (e EDE) String() string {
	name := "error " + strconv.Itoa(e.Code)
	if e.Code < len(errorCodes) {
		name = errorCodes[e.Code]
	}
	if e.Text == "" {
		return name
	}
	return name + ": " + e.Text
}

// bogus reports whether DNSSEC is the reason: codes 6 to 12.
func (e EDE) bogus() bool { return 6 <= e.Code && e.Code <= 12 }

// options reads the options of an OPT record (RFC 6891 6.1.2).
func (d *decoder) options(m *Message, group wire.Field) (wire.Field, error) {
	group.RFC = "RFC 6891 6.1.2"
	m.EDNS.Options = d.msg[d.pos:d.end]
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
		name, ok := optionNames[code]
		if !ok {
			name = "Option " + strconv.Itoa(code)
		}
		b := d.take(n)
		value := hex.EncodeToString(b)
		if code == 15 && n >= 2 {
			e := EDE{int(b[0])<<8 | int(b[1]), inner(b[2:])}
			m.EDNS.Errors = append(m.EDNS.Errors, e)
			value = e.String()
		}
		f := d.field(from, value)
		f.Name = name
		f.Note = wire.Notef("%s", fmt.Sprintf("option %d, %d octets", code, n))
		group.Fields = append(group.Fields, f)
	}
	group.Value = strconv.Itoa(len(group.Fields)) + " " + plural(len(group.Fields), "option")
	return group, nil
}
