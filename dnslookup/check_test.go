package dnslookup

import (
	"testing"

	"github.com/miekg/dns"
)

// FuzzReply: no reply makes the checks panic, and what they accept has the
// same records for miekg and for us.
func FuzzReply(f *testing.F) {
	query := new(dns.Msg)
	query.SetQuestion("x.test.", dns.TypeA)
	query.Id = 1
	asked, err := query.Pack()
	if err != nil {
		f.Fatal(err)
	}
	m := new(dns.Msg)
	m.SetReply(query)
	for _, text := range []string{"x.test. 60 IN CNAME y.test.", "y.test. 60 IN A 192.0.2.1", "x.test. 60 IN AMTRELAY 10 0 1 192.0.2.1", "x.test. 60 IN APL 1:192.0.2.0/24"} {
		rr, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	m.SetEdns0(1232, true)
	raw, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	for i, c := range raw {
		if c == 10 && raw[i+1] == 1 { // AMTRELAY with the discovery bit, which miekg reads wrongly
			with := append([]byte(nil), raw...)
			with[i+1] |= 0x80
			f.Add(with)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := &reply{step: Step{Reply: raw, Question: Question{"x.test.", TypeA}}}
		if r.check(asked, false) != nil || r.text.Truncated {
			return
		}
		count := func(m *dns.Msg) int { return len(m.Answer) + len(m.Ns) + len(m.Extra) }
		ours := len(r.text.Answer) + len(r.text.Authority) + len(r.text.Additional)
		if r.text.EDNS != nil {
			ours++
		}
		if n := count(r.msg); n != ours {
			t.Errorf("%d records, and %d for miekg: %x", ours, n, raw)
		}
		for _, h := range absorb(r, ".", r.step.Question) {
			publicRecords(h.answer)
		}
		(&transferred{q: Question{"test.", TypeAXFR}, query: asked}).take(raw)
		belongs(raw, asked)
	})
}
