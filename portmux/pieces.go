package portmux

import "slices"

// pieces are the parts of one datagram that have come, by the rules of Linux: a
// part that is there already counts once, one that overlaps another ends the
// datagram (RFC 8200 4.5 for IPv6; Linux does so for IPv4 too, since overlaps
// were used to get past filters, RFC 1858).
type pieces struct {
	runs []span // in order, and apart from each other
	got  int    // bytes in them
	end  int    // the highest byte that is known to exist
	last bool   // the last part has come: end is the length
}

type span struct{ from, to int }

// whole reports whether every byte has come.
func (p *pieces) whole() bool { return p.last && p.got == p.end }

// place enters the bytes from offset to end. It returns 0, or why they are not
// taken; for BadFragment and Overlap the datagram is lost.
func (p *pieces) place(offset, end int, more bool) Reason {
	switch {
	case end > 65535:
		return BadFragment
	case !more && (end < p.end || p.last && end != p.end):
		return BadFragment // there were bytes after this end, or there is another end
	case more && p.last && end > p.end:
		return BadFragment
	}
	p.end, p.last = max(p.end, end), p.last || !more
	if end == offset {
		return BadFragment
	}
	n := len(p.runs)
	if n == 0 || p.runs[n-1].to < end { // most often: it goes to the end
		switch {
		case n > 0 && offset < p.runs[n-1].to:
			return Overlap
		case n > 0 && offset == p.runs[n-1].to:
			p.runs[n-1].to = end
		default:
			p.runs = append(p.runs, span{offset, end})
		}
		p.got += end - offset
		return 0
	}
	// runs[i] is the first that ends after offset. In the middle Linux joins no
	// runs, so a part that covers two of them is an overlap.
	i, _ := slices.BinarySearchFunc(p.runs, offset, func(s span, at int) int { return s.to - at - 1 })
	if i < n && p.runs[i].from < end {
		if s := p.runs[i]; s.from <= offset && end <= s.to {
			return BadFragmentTwice
		}
		return Overlap
	}
	p.runs = slices.Insert(p.runs, i, span{offset, end})
	p.got += end - offset
	return 0
}
