package world_test

import (
	"fmt"
	"strings"
	"testing"

	"onwire/dnslookup"
	"onwire/dnslookup/world"
)

func TestTmp(t *testing.T) {
	for _, sec := range []bool{false, true} {
		for _, name := range []string{"www.example.cn", "a.example.cn", "nope.example.cn", "gone.example.cn", "www.old.example.cn", "x.wild.example.cn", "www.glueless.cn", "www.lame.cn", "www.halflame.cn", "www.silent.cn", "www.slow.cn", "www.loopa.cn", "loop1.example.com", "www.plain.cn", "www.清华大学.cn", "www.broken.cn", "www.expired.cn", "www.wrongds.cn", "www.example.org", "nope.example.org", "x.wild.example.org", "www.unsigned.org", "ent.example.org", "ent.example.cn", "nope", "nope.org"} {
			w, err := world.New(1)
			if err != nil {
				t.Fatal(err)
			}
			r := w.Resolver(dnslookup.Iterative)
			r.DNSSEC = sec
			r.Trace = func(s dnslookup.Step) {
				if name == "www.example.cn" {
					fmt.Printf("   %s%v %v %v %v: %v %v -> %v\n", strings.Repeat("  ", s.Depth), s.Start, s.Server, s.Transport, s.Question, s.Outcome, s.Note, s.Next)
				}
			}
			res, err := r.Lookup(t.Context(), name)
			fmt.Println(sec, name, res.Addrs, res.Chain, res.Security, res.Queries, res.Elapsed, err)
		}
	}
}
