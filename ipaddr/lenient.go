package ipaddr

import (
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
)

// lenient reads what inet_aton reads, and integers: one to four numbers in
// decimal, octal (a leading 0) or hex (0x), of which the last fills the bytes
// that are left; or one number beyond 32 bits as an IPv6 address. The form
// says in words what was read.
func lenient(s string) (a netip.Addr, form string, ok bool) {
	if a, form, ok := inetAton(s); ok {
		return a, form, true
	}
	digits, base := s, 10
	if hex, found := cutHex(s); found {
		digits, base = hex, 16
	}
	if len(digits) > 39 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return netip.Addr{}, "", false
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok || n.BitLen() > 128 || digits[0] == '0' && base == 10 {
		return netip.Addr{}, "", false
	}
	return netip.AddrFrom16([16]byte(n.FillBytes(make([]byte, 16)))), "a number of more than 32 bits, an IPv6 address", true
}

// inetAton follows the C function of that name (POSIX inet_addr): ping, curl
// and browsers read addresses so.
func inetAton(s string) (a netip.Addr, form string, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, "", false
	}
	forms := []string{}
	var v uint64
	for i, part := range parts {
		digits, base, name := part, 10, ""
		if hex, found := cutHex(part); found {
			digits, base, name = hex, 16, "hex"
		} else if len(part) > 1 && part[0] == '0' {
			digits, base, name = part[1:], 8, "octal"
		}
		if digits == "" || digits[0] == '+' || digits[0] == '-' || strings.Contains(digits, "_") {
			return netip.Addr{}, "", false
		}
		// The last number fills all bytes that are left.
		bits := 8
		if i == len(parts)-1 {
			bits = 32 - 8*i
		}
		n, err := strconv.ParseUint(digits, base, bits)
		if err != nil {
			return netip.Addr{}, "", false
		}
		if name != "" {
			forms = append(forms, fmt.Sprintf("part %d %s", i+1, name))
		}
		v = v<<bits | n
	}
	switch len(parts) {
	case 1:
		forms = append(forms, "one number of 32 bits")
	case 2, 3:
		forms = append(forms, fmt.Sprintf("%d parts, the last of %d bits", len(parts), 8*(5-len(parts))))
	}
	return uint128{lo: v}.addr(32), "inet_aton's form (" + strings.Join(forms, ", ") + ")", true
}

func cutHex(s string) (digits string, found bool) {
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		return s[2:], true
	}
	return "", false
}
