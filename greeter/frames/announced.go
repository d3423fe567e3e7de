package frames

// What a side has announced in SETTINGS. The other side may use a larger value
// from the moment it has seen it, and must keep to a smaller one from its ACK
// on. Who only listens sees neither moment exactly: so the largest of what is
// acknowledged and what is on its way holds.
type announced struct {
	now     values   // what is acknowledged
	pending []values // sent, not acknowledged yet
	early   int      // ACKs that were seen before their SETTINGS
}

// values are the settings that matter to who listens. In what a SETTINGS frame
// changes, -1 is no change.
type values struct{ table, push, window, frame, binary int64 }

func newAnnounced() announced {
	return announced{now: values{table: 4096, push: 1, window: defaultWindow, frame: defaultFrameSize}}
}

// each calls f with each value of a and the same one of b.
func each(a, b *values, f func(a *int64, b int64)) {
	f(&a.table, b.table)
	f(&a.push, b.push)
	f(&a.window, b.window)
	f(&a.frame, b.frame)
	f(&a.binary, b.binary)
}

// add notes a SETTINGS frame of this side.
func (a *announced) add(from Side, list []Setting) {
	v := values{-1, -1, -1, -1, -1}
	for _, s := range list {
		if reason, _ := s.check(from); reason != "" {
			continue
		}
		switch s.ID {
		case HEADER_TABLE_SIZE:
			v.table = int64(s.Value)
		case ENABLE_PUSH:
			v.push = int64(s.Value)
		case INITIAL_WINDOW_SIZE:
			v.window = int64(s.Value)
		case MAX_FRAME_SIZE:
			v.frame = int64(s.Value)
		case GRPC_ALLOW_TRUE_BINARY_METADATA:
			v.binary = int64(s.Value)
		}
	}
	a.pending = append(a.pending, v)
	if a.early > 0 {
		a.early--
		a.ack()
	} else if len(a.pending) > maxPending {
		a.ack()
	}
}

// ack notes an ACK of the other side, for the oldest SETTINGS that has none.
func (a *announced) ack() {
	if len(a.pending) == 0 {
		a.early = min(a.early+1, maxPending)
		return
	}
	each(&a.now, &a.pending[0], func(now *int64, v int64) {
		if v >= 0 {
			*now = v
		}
	})
	a.pending = a.pending[:copy(a.pending, a.pending[1:])]
}

// allowed returns the values that the other side may use now.
func (a *announced) allowed() (v values) {
	v = a.now
	for i := range a.pending {
		each(&v, &a.pending[i], func(now *int64, p int64) { *now = max(*now, p) })
	}
	return v
}
