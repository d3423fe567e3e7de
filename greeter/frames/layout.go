package frames

// A layout says where the parts of DATA, HEADERS, PUSH_PROMISE and
// CONTINUATION stand in a frame's bytes. Parts that are not there are empty.
type layout struct {
	priority, promised int // where they start; 0 is none
	from, to           int // the data, or the fragment of the header block
	padLength          int // where it stands; 0 is none
	padding            int // bytes
}

// layout finds the parts. Where the frame is too short for what its flags
// promise, reason says so, with its code, and the data is what is left.
func (f *Frame) layout() (l layout, code ErrCode, reason string) {
	l.from, l.to = headerLen, len(f.Bytes)
	need := func(n int, what string) int {
		at := l.from
		if l.to-at < n && reason == "" {
			code, reason = FRAME_SIZE_ERROR, "the frame is too short for its "+what
		}
		if reason != "" {
			return 0
		}
		l.from += n
		return at
	}
	if f.Flags&Padded != 0 && f.Type != CONTINUATION {
		if l.padLength = need(1, "pad length"); l.padLength > 0 {
			l.padding = int(f.Bytes[l.padLength])
		}
	}
	if f.Type == HEADERS && f.Flags&HasPriority != 0 {
		l.priority = need(5, "priority")
	}
	if f.Type == PUSH_PROMISE {
		l.promised = need(4, "promised stream")
	}
	switch {
	case f.Cut > 0 && l.padding > 0:
		l.padding = max(0, l.padding-f.Cut) // the end, which is cut off, has most of it
		l.to -= min(l.padding, l.to-l.from)
	case l.padding > l.to-l.from:
		code, reason = PROTOCOL_ERROR, "the padding is longer than what is left of the frame"
		l.padding = 0
	default:
		l.to -= l.padding
	}
	return l, code, reason
}

// fragment returns where the fragment of a header block stands in f.Bytes.
func (f *Frame) fragment() (from, to int) {
	switch f.Type {
	case HEADERS, PUSH_PROMISE, CONTINUATION:
		l, _, _ := f.layout()
		return l.from, l.to
	}
	return 0, 0
}
