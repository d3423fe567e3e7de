package dnslookup

import (
	"errors"
	"fmt"
)

// askZone asks the servers of a zone, one after the other and a second time
// with a longer wait, until one gives a reply that makes sense.
func (l *lookup) askZone(zone *delegation, q Question, depth int, reason string) (*judged, error) {
	var tries []Try
	asked := map[string]bool{} // servers that need not be asked again
	missing := 0               // servers whose address had to be looked for
	for round := range l.r.attempts() {
		next := l.serversOf(zone, q, depth, &missing, &tries)
		for server, ok := next(); ok; server, ok = next() {
			key := server.Addr.String()
			if asked[key] {
				continue
			}
			if l.distrusted[zoneServer{zone.zone, server.Addr}] {
				asked[key] = true
				tries = append(tries, Try{server, tryFailed(ErrBogus, true, "its answer was not genuine")})
				continue
			}
			if why := l.outOfReach(server); why != nil && zone.servers == nil {
				asked[key] = true
				tries = append(tries, Try{server, fmt.Errorf("not asked: %w", why)})
				if told := (zoneServer{zone.zone, server.Addr}); !l.tooNear[told] {
					l.tooNear[told] = true
					l.tell(Step{Depth: depth, Start: l.now().Sub(l.start), Server: server, Zone: zone.zone, Question: q, For: reason}, NotAsked, "%s", why)
				}
				continue
			}
			if why := l.cache.lameness(zone, key, l.now()); why != nil {
				asked[key] = true
				tries = append(tries, Try{server, why})
				continue
			}
			r, err := l.exchange(server, q, asking{
				zone: zone.zone, depth: depth, reason: reason, dnssec: l.r.DNSSEC,
				timeout: l.r.wait(round), mixCase: l.r.MixCase,
			})
			var j *judged
			if err == nil {
				j, err = l.judge(r, zone.zone, q)
				if err == nil {
					return j, nil
				}
				l.tell(r.step, Lame, "%s", err)
			} else {
				l.tellFailed(r, err)
			}
			if stop := l.stop(q, err); stop != nil {
				return nil, stop
			}
			tries = append(tries, Try{server, err})
			var t *tryError
			if errors.As(err, &t) && t.final {
				asked[key] = true
				if t.kind == ErrLame {
					l.cache.setLame(zone, key, t, l.now())
				}
			}
		}
	}
	if stop := l.stop(q, nil); stop != nil {
		return nil, stop
	}
	if len(tries) == 0 {
		return nil, &Error{Question: q, Kind: ErrLame, Detail: "no server of " + zoneName(zone.zone) + " has an address that can be used"}
	}
	err := l.failure(q, tries).(*Error)
	if err.Kind == ErrLame || err.Kind == ErrServer {
		err.Detail = "all servers of " + zoneName(zone.zone)
	}
	return nil, err
}

// zoneName writes a zone for people.
func zoneName(zone string) string {
	if zone == "." {
		return "the root"
	}
	return trimDot(zone)
}
