package cli

import (
	"encoding/json"
	"fmt"

	"onwire/wire"
)

// A SceneEvent is an event of a demo, with the scene that it belongs to.
type SceneEvent struct {
	Scene string
	wire.Event
}

// MarshalJSON puts the scene before the keys of the event.
func (e SceneEvent) MarshalJSON() ([]byte, error) {
	scene, err := json.Marshal(e.Scene)
	if err != nil {
		return nil, err
	}
	event, err := e.Event.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return append(fmt.Appendf(nil, `{"scene":%s,`, scene), event[1:]...), nil
}
