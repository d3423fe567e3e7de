package main

import (
	"onwire/dnslookup"
)

// resultRecord is a result as JSON: always with all its keys.
type resultRecord struct {
	Name      string              `json:"name"`
	Unicode   string              `json:"unicode"`
	Types     []dnslookup.Type    `json:"types"`
	Rcode     string              `json:"rcode"` // "" if no server answered
	Searched  []string            `json:"searched"`
	Chain     []dnslookup.Record  `json:"chain"`
	Records   []dnslookup.Record  `json:"records"`
	Addrs     []dnslookup.Address `json:"addrs"`
	Referral  []dnslookup.Record  `json:"referral"`
	Negative  *negativeRecord     `json:"negative"`
	Security  dnslookup.Security  `json:"security"`
	Local     string              `json:"local"`
	Server    string              `json:"server"`
	Transport dnslookup.Transport `json:"transport"`
	Cached    bool                `json:"cached"`
	Queries   int                 `json:"queries"`
	Elapsed   int64               `json:"elapsed_us"`
	Suffix    string              `json:"public_suffix"`
	Failed    []failedRecord      `json:"failed"`  // types without a usable answer, beside others with one
	Notes     []string            `json:"notes"`   // the same in words
	Errors    []dnslookup.EDE     `json:"errors"`  // extended errors of the server (RFC 8914)
	Options   []dnslookup.Option  `json:"options"` // of EDNS
	Error     string              `json:"error"`
}

type failedRecord struct {
	Type  dnslookup.Type `json:"type"`
	Rcode string         `json:"rcode"` // "" if there was no reply
	Error string         `json:"error"`
}

type negativeRecord struct {
	Name string `json:"name"`
	Zone string `json:"zone"`
	TTL  int    `json:"ttl"`
}

func (o *options) resultJSON(res *dnslookup.Result, err error) resultRecord {
	out := resultRecord{
		Name: res.Name, Unicode: dnslookup.Unicode(res.Name), Types: res.Types, Rcode: rcode(res.Rcode, res.Negative != nil, err),
		Searched: list(res.Searched), Chain: list(res.Chain), Records: list(res.Records), Addrs: list(res.Addrs), Referral: list(res.Referral),
		Security: res.Security, Local: res.Local, Transport: res.Via, Cached: res.Cached,
		Queries: res.Queries, Elapsed: res.Elapsed.Microseconds(),
	}
	out.Errors, out.Options, out.Notes, out.Failed = list(res.Errors), list(res.Options), list(o.notes(res)), []failedRecord{}
	for _, e := range res.Failed {
		out.Failed = append(out.Failed, failedRecord{e.Question.Type, rcode(e.Rcode, false, e), e.Error()})
	}
	out.Suffix, _ = dnslookup.Suffix(res.Name)
	if res.Server.Addr.IsValid() {
		out.Server = res.Server.String()
	}
	if n := res.Negative; n != nil {
		out.Negative = &negativeRecord{n.Name, n.Zone, int(n.TTL.Seconds())}
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// rcode is "" where an error kept us from having any.
func rcode(r dnslookup.Rcode, negative bool, err error) string {
	if err != nil && !negative && r == dnslookup.NoError {
		return ""
	}
	return r.String()
}

// list is never null in JSON.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
