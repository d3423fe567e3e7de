package httpmsg

// Limits bound everything whose size the other side chooses. A field that is 0
// is the default beside it. What passes a limit is an *Error.
type Limits struct {
	Head        int   // bytes of a head, with the empty lines before it; 65536
	Line        int   // bytes of the start line, and of a header field; 16384
	Headers     int   // header fields of a head, and of the trailers; 128
	ChunkDigits int   // digits of a chunk size, zeros in front too; 16
	ChunkExt    int   // bytes of the extensions of all chunks together; 16384
	Chunks      int   // chunks of a body; 1048576
	Trailers    int   // bytes of the trailers; 8192
	Body        int64 // bytes of a body's content; 16777216; -1 is no limit
}

// filled returns l with the defaults in place.
func (l Limits) filled() Limits {
	set := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	set(&l.Head, 64<<10)
	set(&l.Line, 16<<10)
	set(&l.Headers, 128)
	set(&l.ChunkDigits, 16)
	set(&l.ChunkExt, 16<<10)
	set(&l.Chunks, 1<<20)
	set(&l.Trailers, 8<<10)
	if l.Body == 0 {
		l.Body = 16 << 20
	}
	return l
}
