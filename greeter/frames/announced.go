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
type values [len(kept)]int64

// kept are the settings in values, by their place there.
var kept = [...]SettingID{tableSize: HEADER_TABLE_SIZE, canPush: ENABLE_PUSH, windowSize: INITIAL_WINDOW_SIZE, frameSize: MAX_FRAME_SIZE, maxStreams: MAX_CONCURRENT_STREAMS, rawMetadata: GRPC_ALLOW_TRUE_BINARY_METADATA}

const (
	tableSize = iota
	canPush
	windowSize
	frameSize
	maxStreams
	rawMetadata
)

func newAnnounced() announced {
	return announced{now: values{tableSize: 4096, canPush: 1, windowSize: defaultWindow, frameSize: defaultFrameSize, maxStreams: 1 << 32}}
}

// add notes a SETTINGS frame of this side.
func (a *announced) add(from Side, list []Setting) {
	v := values{-1, -1, -1, -1, -1, -1}
	for _, s := range list {
		if reason, _ := s.check(from); reason != "" {
			continue
		}
		for i, id := range kept {
			if s.ID == id {
				v[i] = int64(s.Value)
			}
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
	for i, v := range a.pending[0] {
		if v >= 0 {
			a.now[i] = v
		}
	}
	a.pending = a.pending[:copy(a.pending, a.pending[1:])]
}

// allowed returns the values that the other side may use now.
func (a *announced) allowed() values {
	v := a.now
	for _, p := range a.pending {
		for i := range v {
			v[i] = max(v[i], p[i])
		}
	}
	return v
}
