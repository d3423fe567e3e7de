package main

import "encoding/json"

// A sceneRecord is a record with the scene that it belongs to.
type sceneRecord struct {
	scene string
	record
}

// MarshalJSON puts the scene before the other keys.
func (r sceneRecord) MarshalJSON() ([]byte, error) {
	b, err := r.record.MarshalJSON()
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(r.scene)
	if err != nil {
		return nil, err
	}
	return append(append(append([]byte(`{"scene":`), name...), ','), b[1:]...), nil
}
