package dnslookup

import ()

import ()

import ()

// handle takes one datagram.
func (b *batch) handle(raw []byte) {
	if len(raw) < 12 {
		return
	}
	i := int(b.byID[uint16(raw[0])<<8|uint16(raw[1])]) - 1
	if i < 0 {
		b.strays++
		return // too late, or not meant for us
	}
	s := &b.slots[i]
	cut := raw[2]&2 != 0
	if raw[2]&0xf8 != 0x80 || !sameQuestion(raw, s.query) && !(cut && (raw[4]|raw[5] == 0 || len(raw) < len(s.query)-optLength)) {
		return // not an answer to this question: as if it had not come
	}
	b.replies++
	if s.tries == 1 {
		b.rto.sample(b.now.Sub(s.first))
		b.window = min(b.window+1/b.window, float64(len(b.slots)))
	}
	rcode := Rcode(raw[3] & 15)
	if cut || rcode == FormErr || rcode == NotImp || rcode == ServFail || rcode == Refused {
		b.detour(i) // TCP, no EDNS, or another server
		return
	}
	a := answered{Answer: Answer{Index: s.index, Question: s.question, Rcode: rcode}}
	var ok bool
	if a.Records, ok = fastRecords(raw, len(s.query)-optLength, s.question.Name); !ok {
		m, err := Decode(raw)
		if err == nil && (m.Rcode > 15 || !final(m)) { // its upper bits are in the OPT record
			b.detour(i)
			return
		}
		if err != nil {
			a.err = &Error{Question: s.question, Kind: ErrFormat, Detail: err.Error()}
		} else {
			a.Records, a.Rcode = m.Answer, m.Rcode
		}
	}
	b.finish(i, a)
}

// final reports whether a reply is the end of its question. It is not if it
// refers to other servers, or to an alias whose target it does not give.
func final(m *Message) bool {
	for _, rr := range m.Answer {
		if rr.Type != TypeCNAME && rr.Type != TypeDNAME && rr.Type != TypeRRSIG || rr.Type == m.Question[0].Type {
			return true
		}
	}
	refers := len(m.Answer) > 0 // to an alias
	for _, rr := range m.Authority {
		switch rr.Type {
		case TypeSOA:
			return true // there is nothing
		case TypeNS:
			refers = refers || !m.Authoritative
		}
	}
	return !refers || m.Rcode == NXDomain
}

// finish frees a slot and passes its answer on.
func (b *batch) finish(i int, a answered) {
	s := &b.slots[i]
	b.byID[s.id] = 0
	s.busy = false
	b.free = append(b.free, i)
	b.emit(a)
}

// emit gives an answer to the caller, in order if that is wanted.
func (b *batch) emit(a answered) {
	if b.stopped {
		return
	}
	if b.o.Unordered {
		b.head++
		b.stopped = !b.yield(a.Answer, a.err)
		return
	}
	b.ahead[a.Index%maxAhead], b.have[a.Index%maxAhead] = a, true
	for b.have[b.head%maxAhead] && !b.stopped {
		at := b.head % maxAhead
		first := b.ahead[at]
		b.have[at], b.ahead[at] = false, answered{}
		b.head++
		b.stopped = !b.yield(first.Answer, first.err)
	}
}
