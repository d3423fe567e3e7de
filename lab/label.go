package lab

// label gives every frame its layer and its label.
func (r *Recording) label() {
	for i := range r.frames {
		r.frames[i].Layer, r.frames[i].Label = "Ethernet", "frame"
	}
}
