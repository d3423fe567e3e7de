package dnslookup

import "strconv"

// An Rcode is the result code of a reply. The upper bits of those
// above 15 are in the OPT record (RFC 6891 6.1.3).
type Rcode uint16

const (
	NoError   Rcode = 0
	FormErr   Rcode = 1
	ServFail  Rcode = 2
	NXDomain  Rcode = 3
	NotImp    Rcode = 4
	Refused   Rcode = 5
	YXDomain  Rcode = 6
	BadVers   Rcode = 16
	BadCookie Rcode = 23
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
	11: {"DSOTYPENI", "the server does not know this kind of stateful operation"},
	16: {"BADVERS", "the server does not speak this version of EDNS"},
	17: {"BADKEY", "the server does not know the key that signed the query"},
	18: {"BADTIME", "the query was signed at another time than the server's clock shows"},
	19: {"BADMODE", "the server does not know this way to agree on a key"},
	20: {"BADNAME", "the name of the key is already in use"},
	21: {"BADALG", "the server does not know the algorithm"},
	22: {"BADTRUNC", "the signature of the query was cut too short"},
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
