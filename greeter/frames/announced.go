package frames

// What a side has announced in SETTINGS. The other side may use a larger value
// from the moment it has seen it, and must keep to a smaller one from its ACK
// on. Who only listens sees neither moment exactly: so the largest of what is
// acknowledged and what is on its way holds.
type announced struct {
	table, window, frame uint32
	pending              []values // sent, not acknowledged yet
	early                int      // ACKs that were seen before their SETTINGS
}

// values are the settings that a SETTINGS frame changes; -1 is no change.
type values struct{ table, window, frame int64 }

func newAnnounced() announced {
	return announced{table: 4096, window: defaultWindow, frame: defaultFrameSize}
}

// add notes a SETTINGS frame of this side.
func (a *announced) add(list []Setting) {
	v := values{-1, -1, -1}
	for _, s := range list {
		if reason, _ := s.check(); reason != "" {
			continue
		}
		switch s.ID {
		case HEADER_TABLE_SIZE:
			v.table = int64(s.Value)
		case INITIAL_WINDOW_SIZE:
			v.window = int64(s.Value)
		case MAX_FRAME_SIZE:
			v.frame = int64(s.Value)
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
	set := func(n *uint32, v int64) {
		if v >= 0 {
			*n = uint32(v)
		}
	}
	v := a.pending[0]
	a.pending = a.pending[:copy(a.pending, a.pending[1:])]
	set(&a.table, v.table)
	set(&a.window, v.window)
	set(&a.frame, v.frame)
}

// allowed returns the values that the other side may use now.
func (a *announced) allowed() (v values) {
	v = values{int64(a.table), int64(a.window), int64(a.frame)}
	for _, p := range a.pending {
		v.table = max(v.table, p.table)
		v.window = max(v.window, p.window)
		v.frame = max(v.frame, p.frame)
	}
	return v
}
