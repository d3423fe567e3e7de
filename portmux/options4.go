package portmux

const (
	optionEnd         = 0
	optionNop         = 1
	optionRecordRoute = 7
	optionTimestamp   = 68
	optionLooseRoute  = 131
	optionCIPSO       = 134
	optionStrictRoute = 137
	optionRouterAlert = 148
)

// options4 walks over the options of an IPv4 header (RFC 791 3.1) as Linux
// does, and returns the offset of a broken one.
func options4(h []byte) (int, Reason) {
	var routed, recorded, stamped bool
	for i := 20; i < len(h); {
		kind := h[i]
		if kind == optionEnd {
			break
		}
		if kind == optionNop {
			i++
			continue
		}
		if i+1 >= len(h) || h[i+1] < 2 || int(h[i+1]) > len(h)-i {
			return i, BadOption
		}
		o := h[i : i+int(h[i+1])]
		fault := -1
		switch kind {
		case optionLooseRoute, optionStrictRoute:
			fault = routeFault(o, routed)
			routed = true
		case optionRecordRoute:
			fault = recordFault(o, recorded)
			recorded = true
		case optionTimestamp:
			fault = stampFault(o, stamped)
			stamped = true
		case optionRouterAlert:
			if len(o) < 4 {
				fault = 1
			}
		case optionCIPSO: // a security label, of a domain that this host does not know
			fault = 0
		}
		if fault >= 0 {
			return i + fault, BadOption
		}
		i += len(o)
	}
	if routed {
		return 0, SourceRoute
	}
	return 0, 0
}

// The faults of an option are offsets in it; -1 is none. Byte 2 is a pointer
// to the place that is next, counted from 1.

func routeFault(o []byte, twice bool) int {
	switch {
	case len(o) < 3:
		return 1
	case o[2] < 4:
		return 2
	case twice:
		return 0
	}
	return -1
}

func recordFault(o []byte, twice bool) int {
	switch {
	case twice:
		return 0
	case len(o) < 3:
		return 1
	case o[2] < 4, int(o[2]) <= len(o) && int(o[2])+3 > len(o): // an address has 4 bytes
		return 2
	}
	return -1
}

func stampFault(o []byte, twice bool) int {
	switch {
	case twice:
		return 0
	case len(o) < 4:
		return 1
	case o[2] < 5:
		return 2
	}
	next, flag, overflow := int(o[2]), o[3]&15, o[3]>>4
	size := 4
	if flag == 1 || flag == 3 { // an address with each time
		size = 8
	}
	switch {
	case next <= len(o) && next+size-1 > len(o):
		return 2
	case next > len(o) && flag != 3 && overflow == 15: // as many hosts as it can count had no room
		return 3
	}
	return -1
}
