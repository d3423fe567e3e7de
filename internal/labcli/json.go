package labcli

import (
	"encoding/json"

	"onwire/lab"
	"onwire/wire"
)

// line is one frame as JSON: the keys of a wire.Event after those of the lab.
type line struct {
	Scene   string   `json:"scene,omitempty"`
	Frame   int      `json:"frame"`
	Arrived []int64  `json:"arrived_us"` // when; empty: lost
	Is      []string `json:"is"`         // what it is in its connection
	Fault   string   `json:"fault"`      // the rules that the wire followed
	event   wire.Event
}

func (l line) MarshalJSON() ([]byte, error) {
	type plain line
	head, err := json.Marshal(plain(l))
	if err != nil {
		return nil, err
	}
	event, err := json.Marshal(l.event)
	if err != nil {
		return nil, err
	}
	return append(append(head[:len(head)-1], ','), event[1:]...), nil
}

// spoken is what a program did, as JSON.
type spoken struct {
	Scene string `json:"scene,omitempty"`
	wire.Event
}

func (sp spoken) MarshalJSON() ([]byte, error) {
	event, err := json.Marshal(sp.Event)
	if err != nil || sp.Scene == "" {
		return event, err
	}
	scene, err := json.Marshal(sp.Scene)
	return append(append(append([]byte(`{"scene":`), scene...), ','), event[1:]...), err
}

func (sh *Show) json(r *Run, frames []lab.Recorded) error {
	said := r.said
	speak := func(before int) error {
		for ; len(said) > 0 && said[0].frames < before; said = said[1:] {
			e := wire.Event{T: said[0].at, From: said[0].host, Layer: "program", Label: said[0].text, Evidence: wire.Seen}
			if err := sh.Env.PrintJSON(spoken{sh.Scene, e}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, f := range frames {
		if err := speak(f.Number); err != nil {
			return err
		}
		l := line{Scene: sh.Scene, Frame: f.Number, Arrived: []int64{}, Is: append([]string{}, f.Is...), Fault: f.Verdict.Why, event: f.Event()}
		l.event.Label = sh.label(f)
		if sh.Fields != nil {
			l.event.Fields = sh.Fields(f)
		}
		for _, t := range f.Arrived {
			l.Arrived = append(l.Arrived, t.Microseconds())
		}
		if err := sh.Env.PrintJSON(l); err != nil {
			return err
		}
	}
	return speak(len(frames) + 1)
}

func (sh *Show) label(f lab.Recorded) string {
	if sh.Label != nil {
		if label := sh.Label(f); label != "" {
			return label
		}
	}
	return f.Label
}
