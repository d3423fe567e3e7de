package dnslookup

import (
	"encoding/hex"
	"encoding/json"
	"time"
)

// An Outcome says in a word what a step led to.
type Outcome string

const (
	Answered  Outcome = "answer"
	Alias     Outcome = "alias"        // CNAME or DNAME: the walk goes on with another name
	Referral  Outcome = "referral"     // ask the servers of the zone below
	NoSuch    Outcome = "no such name" // NXDOMAIN
	NoData    Outcome = "no data"      // the name exists, the type does not
	CutOff    Outcome = "truncated"    // ask again over TCP
	Lame      Outcome = "lame"         // the server does not answer for the zone
	Silent    Outcome = "no reply"     // or it cannot be reached
	Broken    Outcome = "refused"      // we refused the reply: it breaks the rules
	FromCache Outcome = "cache"        // known already, nobody was asked
	NotAsked  Outcome = "not asked"    // a server that a public zone must not name: on loopback, in a private network
	Local     Outcome = "local"        // from the hosts file, or special by an RFC
	Retried   Outcome = "again"        // asked again in another way
	Forged    Outcome = "bogus"        // DNSSEC says that it is not genuine
)

// A Step is one thing that a look-up did: a query with its reply, or a look
// into the cache. Resolver.Trace gets them in the order of time.
type Step struct {
	Depth     int           // 0 for what was asked for, 1 for what that needs, ...
	Start     time.Duration // since the look-up began
	RTT       time.Duration // until the reply
	Server    Server        // who was asked
	Zone      string        // whose server that is; "" in Stub mode
	Transport Transport     //
	Question  Question      // as sent: shortened by QNAME minimisation
	For       string        // why this is asked, if not for the name itself: "address of ns.example.com."
	Outcome   Outcome       //
	Note      string        // more about the outcome, in words
	Next      string        // the zone that a referral leads to, or an alias's target
	Rcode     Rcode         // of the reply
	Query     []byte        // as sent; nil if nothing could be
	Reply     []byte        // as received; nil if there is none
}

// MarshalJSON writes the step with all its keys; times are in microseconds.
func (s Step) MarshalJSON() ([]byte, error) {
	server := s.Server.String()
	if !s.Server.Addr.IsValid() && s.Server.Name == "" {
		server = ""
	}
	rcode := s.Rcode.String()
	if s.Reply == nil && s.Rcode == NoError && s.Outcome != FromCache && s.Outcome != Local {
		rcode = "" // nobody has answered
	}
	return json.Marshal(struct {
		Depth     int       `json:"depth"`
		Start     int64     `json:"t_us"`
		RTT       int64     `json:"rtt_us"`
		Server    string    `json:"server"`
		Zone      string    `json:"zone"`
		Transport Transport `json:"transport"`
		Name      string    `json:"name"`
		Type      Type      `json:"type"`
		For       string    `json:"for"`
		Outcome   Outcome   `json:"outcome"`
		Note      string    `json:"note"`
		Next      string    `json:"next"`
		Rcode     string    `json:"rcode"`
		Query     string    `json:"query_hex"`
		Reply     string    `json:"hex"`
	}{
		s.Depth, s.Start.Microseconds(), s.RTT.Microseconds(), server, s.Zone, s.Transport, s.Question.Name, s.Question.Type,
		s.For, s.Outcome, s.Note, s.Next, rcode, hex.EncodeToString(s.Query), hex.EncodeToString(s.Reply),
	})
}
