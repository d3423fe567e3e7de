package dnslookup_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// registry is the list of IANA's record types: number and name.
const registry = `1 A 2 NS 3 MD 4 MF 5 CNAME 6 SOA 7 MB 8 MG 9 MR 10 NULL 11 WKS 12 PTR 13 HINFO 14 MINFO 15 MX 16 TXT 17 RP 18 AFSDB 19 X25
20 ISDN 21 RT 22 NSAP 23 NSAP-PTR 24 SIG 25 KEY 26 PX 27 GPOS 28 AAAA 29 LOC 30 NXT 31 EID 32 NIMLOC 33 SRV 34 ATMA 35 NAPTR 36 KX 37 CERT
38 A6 39 DNAME 40 SINK 41 OPT 42 APL 43 DS 44 SSHFP 45 IPSECKEY 46 RRSIG 47 NSEC 48 DNSKEY 49 DHCID 50 NSEC3 51 NSEC3PARAM 52 TLSA 53 SMIMEA
55 HIP 56 NINFO 57 RKEY 58 TALINK 59 CDS 60 CDNSKEY 61 OPENPGPKEY 62 CSYNC 63 ZONEMD 64 SVCB 65 HTTPS 66 DSYNC 67 HHIT 68 BRID 99 SPF
100 UINFO 101 UID 102 GID 103 UNSPEC 104 NID 105 L32 106 L64 107 LP 108 EUI48 109 EUI64 128 NXNAME 249 TKEY 250 TSIG 251 IXFR 252 AXFR
253 MAILB 254 MAILA 255 ANY 256 URI 257 CAA 258 AVC 259 DOA 260 AMTRELAY 261 RESINFO 262 WALLET 263 CLA 264 IPN 32768 TA 32769 DLV`

func TestTypes(t *testing.T) {
	words := strings.Fields(registry)
	for i := 0; i < len(words); i += 2 {
		want := words[i+1]
		for _, text := range []string{want, strings.ToLower(want), "TYPE" + words[i]} {
			if got, err := dnslookup.ParseType(text); err != nil || fmt.Sprint(uint16(got)) != words[i] || got.String() != want {
				t.Errorf("%s is %d, %s (%v); want %s", text, got, got, err, words[i])
			}
		}
	}
	for number, name := range dns.TypeToString { // no name of miekg's is missing
		if ours, err := dnslookup.ParseType(name); (err != nil || uint16(ours) != number) && name != "Reserved" && name != "None" && name != "ISDN" {
			t.Errorf("%s is %d in miekg's table, and %d, %v in ours", name, number, ours, err)
		}
	}
	for text, want := range map[string]string{"TYPE65280": "TYPE65280", "type54": "TYPE54", "TYPE0": "TYPE0"} {
		if got, err := dnslookup.ParseType(text); err != nil || got.String() != want {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]dnslookup.Class{"IN": 1, "ch": 3, "HS": 4, "none": 254, "ANY": 255, "CLASS3": 3, "class65535": 65535} {
		if got, err := dnslookup.ParseClass(text); err != nil || got != want {
			t.Errorf("%s is class %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "CLASS", "CLASS65536", "x", "CLASS-1"} {
		if _, err := dnslookup.ParseClass(text); err == nil {
			t.Errorf("%q is a class", text)
		}
	}
}

// record decodes one record of a type with the data in hex, of class IN.
func record(t *testing.T, rrtype uint16, class int, data string) (string, error) {
	t.Helper()
	raw := unhex("0000800000000001000000000000" + "")[:12]
	raw = append(raw, 0, byte(rrtype>>8), byte(rrtype), byte(class>>8), byte(class), 0, 0, 0, 60, byte(len(data)/2>>8), byte(len(data)/2))
	b, err := hex.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := dnslookup.Decode(append(raw, b...))
	if err != nil {
		return "", err
	}
	return m.Answer[0].Data, nil
}

// TestData holds what no other program here can pack.
func TestData(t *testing.T) {
	for _, tt := range []struct {
		rrtype uint16
		data   string
		want   string
	}{
		{11, "c0000201" + "06" + "0000004080", "192.0.2.1 6 25 32"},
		{22, "47000580", "0x47000580"},
		{30, "00" + "60000002", ". A NS NXT"}, // RFC 2535 5.2: bit 1 is A
		{34, "00" + "39246f", "39246f"},
		{34, "01" + "3631323030", "+61200"},
		{38, "00" + "20010db8000000000000000000000001", "0 2001:db8::1"},
		{38, "40" + "0000000000000001" + "01610178" + "00", "64 ::1 a.x."},
		{40, "010203aabb", "1 2 3 qrs="},
		{42, "", `\# 0`},
		{66, "003b01" + "14ef" + "01610178" + "00", "CDS NOTIFY 5359 a.x."},
		{66, "003e02" + "14ef" + "00", "CSYNC 2 5359 ."},
		{67, "aabb", "qrs="},
		{249, "0161" + "00" + "00000000" + "00000001" + "0003" + "0000" + "0002aabb" + "0000", "a. 19700101000000 19700101000001 3 0 2 qrs= 0"},
		{250, "0161" + "00" + "000000000001" + "012c" + "0002aabb" + "1234" + "0000" + "0000", "a. 19700101000001 300 2 qrs= 4660 0 0"},
		{259, "00000001" + "00000002" + "03" + "0161" + "aabb", `1 2 3 "a" qrs=`},
		{262, "0141" + "0142", `"A" "B"`},
		{264, "0000000000000400", "1024"},
		{260, "0a80", "10 1 0 ."},
		{260, "0a03" + "01610178" + "00", "10 0 3 a.x."},
		{10, "", `\# 0`},
		{65280, "", `\# 0`},
	} {
		if got, err := record(t, tt.rrtype, 1, tt.data); err != nil || got != tt.want {
			t.Errorf("%s %s: %q, %v; want %q", dnslookup.Type(tt.rrtype), tt.data, got, err, tt.want)
		}
	}
}

// TestDataOfNoBytes: no type with a form of its own is content with nothing,
// but those that are lists.
func TestDataOfNoBytes(t *testing.T) {
	words := strings.Fields(registry)
	opaque := map[string]bool{"NULL": true, "UNSPEC": true, "APL": true, "NXNAME": true, "IXFR": true, "AXFR": true, "MAILB": true, "MAILA": true, "ANY": true}
	for i := 0; i < len(words); i += 2 {
		rrtype, _ := dnslookup.ParseType(words[i+1])
		if rrtype == dnslookup.TypeOPT {
			continue // it is no record
		}
		if _, err := record(t, uint16(rrtype), 1, ""); opaque[words[i+1]] == (err != nil) {
			t.Errorf("%s without data: %v", rrtype, err)
		}
		if _, err := record(t, uint16(rrtype), 255, ""); err != nil { // an UPDATE deletes it so
			t.Errorf("%s without data in class ANY: %v", rrtype, err)
		}
	}
}

// TestDataOfWrongLength: data that is too short or too long for its type.
func TestDataOfWrongLength(t *testing.T) {
	for _, tt := range []struct {
		rrtype uint16
		data   string
		want   string
	}{
		{1, "c00002", "needs 4"}, {1, "c000020101", "take only 4"}, {28, "2001", "needs 16"}, {28, "20010db8000000000000000000000001ff", "take only 16"},
		{15, "00", "needs 2"}, {15, "000a", "past the end"}, {16, "0561", "needs 6"}, {33, "000000000000", "past the end"},
		{6, "0000" + "00000001", "needs 4"}, {43, "00010f02aabb", "has 32 bytes, not 2"}, {43, "00010f0100", "has 20 bytes, not 1"}, {59, "00010f02aabb", "has 32 bytes"}, {63, "000000010101" + "aabb", "has 48 bytes, not 2"}, {63, "000000010102" + "aabb", "has 64 bytes"},
		{108, "0102030405", "needs 6"}, {109, "01020304050607", "needs 8"}, {104, "000a00", "needs 8"}, {105, "000ac00002", "needs 4"},
		{42, "0001180401020304" + "00", "needs 4"}, {42, "00012101c0", "does not fit"}, {42, "00031801c0", "neither"}, {42, "0001180501020304" + "05", "does not fit"},
		{45, "0a04020a", "type 4 is not defined"}, {45, "0a0102c00002", "needs 4"}, {55, "10020003" + "0102", "needs 16"}, {260, "0a05", "type 5 is not defined"},
		{257, "000061", "is empty"}, {46, "0001", "needs 1"}, {48, "01010310", "needs 1"}, {50, "0100000a08aa", "needs 9"}, {64, "0001", "past the end"},
		{38, "81", "128"}, {30, "00" + strings.Repeat("00", 17), "at most 16"}, {264, "00", "needs 8"}, {37, "000100010f", "needs 1"},
		{250, "00" + "000000000001" + "012c" + "00ff", "needs 255"},
	} {
		if got, err := record(t, tt.rrtype, 1, tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: %q, %v; want %q", dnslookup.Type(tt.rrtype), tt.data, got, err, tt.want)
		}
	}
	if got, err := record(t, 16, 3, "0361626"+"3"); err != nil || got != `"abc"` { // version.bind CH TXT
		t.Errorf("TXT in class CH: %q, %v", got, err)
	}
	if got, err := record(t, 1, 3, "00"+"0102"); err != nil || got != `\# 3 000102` { // RFC 1035 3.4: a Chaosnet address
		t.Errorf("A in class CH: %q, %v", got, err)
	}
}

// TestOptions decodes every EDNS option, in a good form and in a bad one.
func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		code int
		data string
		want string // "" is malformed
	}{
		{3, "", "asks the server for its identifier"}, {3, "6e7337", `"ns7" (6e7337)`}, {3, "ff", "ff"}, {3, "1be280ae", `"\x1b\u202e" (1be280ae)`},
		{5, "080d0f", "8 (RSASHA256), 13 (ECDSAP256SHA256), 15 (ED25519)"}, {6, "0102", "1, 2"}, {7, "01", "1"},
		{8, "00011800c00002", "192.0.2.0/24, scope /0"}, {8, "0002301020010db80000", "2001:db8::/48, scope /16"}, {8, "00000000", "no client address"},
		{8, "00010000", "0.0.0.0/0, scope /0"}, {8, "00011800c000", ""}, {8, "00011800c0000201", ""}, {8, "00012100c000020101", ""}, {8, "00031800c00002", ""}, {8, "0001", ""}, {8, "00011700c00003", ""},
		{9, "", "asks when the zone expires"}, {9, "00000e10", "the zone expires in 3600 s"}, {9, "00", ""},
		{10, "0102030405060708", "client 0102030405060708"}, {10, "01020304050607081112131415161718", "client 0102030405060708, server 1112131415161718"}, {10, "01", ""}, {10, "010203040506070811", ""},
		{11, "", "asks how long a connection may stay idle"}, {11, "0064", "an idle connection is kept for 10.0 s"}, {11, "01", ""},
		{12, "", "0 bytes of 0"}, {12, "0000", "2 bytes of 0"}, {12, "0001", "2 bytes, not all of them 0"},
		{13, "016100", "a."}, {13, "0161", ""}, {13, "c00c", ""}, {14, "4f66", "20326"}, {14, "4f", ""},
		{15, "0016", "No Reachable Authority"}, {15, "0012e4b8ad", "Prohibited: 中"}, {15, "001b", "Unsupported NSEC3 Iterations Value"}, {15, "ffff41", "error 65535: A"}, {15, "00", ""}, {15, "", ""},
		{16, "0001", "1"}, {17, "0002", "2"}, {17, "02", ""},
		{18, "0472657074017800", "rept.x."}, {18, "05", ""},
		{19, "", "asks for the version of the zone"}, {19, "020000000007", "SOA serial 7 of the zone with 2 labels"}, {19, "0200000000", ""}, {19, "01", ""}, {19, "0105aabb", "type 5, aabb, of the zone with 1 label"},
		{1, "00010000" + "0000" + "0102030405060708" + "00000e10", "version 1, opcode 0, error 0, ID 0102030405060708, lease 3600 s"}, {1, "00", ""}, {2, "00000e10", "3600 s"}, {2, "00", ""},
		{65001, "aabb", "aabb"},
	} {
		n := len(tt.data) / 2
		raw := unhex(fmt.Sprintf("000080000000000000000001"+"00002904d000000000%04x%04x%04x", n+4, tt.code, n) + tt.data)
		m, err := dnslookup.Decode(raw)
		switch {
		case tt.want == "" && (err == nil || !strings.Contains(err.Error(), "is malformed (")):
			t.Errorf("option %d, %q: %v; it is malformed", tt.code, tt.data, err)
		case tt.want != "" && (err != nil || len(m.EDNS.Options) != 1 || m.EDNS.Options[0].Value != tt.want):
			t.Errorf("option %d, %q: %+v, %v; want %q", tt.code, tt.data, m.EDNS, err, tt.want)
		}
	}
}
