package dnslookup

import (
	"encoding/base64"
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
