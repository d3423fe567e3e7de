package pbwire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// headBytes is how much of a payload a Stream keeps.
const headBytes = 64

// An Item is a record that a Stream has read, with only the head of its
// payload.
type Item struct {
	Number Number
	Type   Type
	Offset int64  // where the tag stands, in bytes from the start of the stream
	Depth  int    // groups around it; the tags of a group are items of their own
	Value  uint64 // of VARINT, I64 and I32
	Length int64  // of LEN: the bytes of the payload
	Head   []byte // of LEN: the first bytes of the payload, valid until the next call of Next
}

// A Stream reads the records of a message of any length, as they come, in
// memory that does not grow with it.
type Stream struct {
	Item

	r    *bufio.Reader
	at   int64
	open []Number // the groups that we are in
	from []int64  // and where they were opened
	head [headBytes]byte
	err  error
}

// NewStream returns a Stream that reads from r.
func NewStream(r io.Reader) *Stream { return &Stream{r: bufio.NewReaderSize(r, 64<<10)} }

// Total returns how many bytes of the message have been read and understood.
func (s *Stream) Total() int64 { return s.at }

// Err returns what ended the stream: nil at its end, an *Error where the
// message is wrong, or an error of the reader.
func (s *Stream) Err() error { return s.err }

// Next reads one record. A LEN record is read to its end, but only its head is
// kept.
func (s *Stream) Next() bool {
	if s.err != nil {
		return false
	}
	if _, err := s.r.Peek(1); err == io.EOF {
		if n := len(s.open); n > 0 {
			s.err = &Error{int(s.from[n-1]), fmt.Sprintf("group %d is never closed", s.open[n-1]), ErrGroup}
		}
		return false
	}
	s.Item = Item{Offset: s.at, Depth: len(s.open)}
	tag, err := s.varint()
	if err != nil {
		return s.fail(err)
	}
	if tag>>3 == 0 || tag>>3 > MaxNumber {
		return s.fail(numberError(tag>>3, int(s.Offset)))
	}
	s.Number, s.Type = Number(tag>>3), Type(tag&7)
	return s.fail(s.payload())
}

func (s *Stream) fail(err error) bool {
	s.err = err
	return err == nil
}

func (s *Stream) payload() (err error) {
	n := len(s.open)
	switch s.Type {
	case VARINT:
		s.Value, err = s.varint()
	case I32:
		err = s.fixed(4)
	case I64:
		err = s.fixed(8)
	case LEN:
		err = s.bytes()
	case SGROUP:
		if n == MaxDepth {
			return tooDeep(int(s.Offset))
		}
		s.open, s.from = append(s.open, s.Number), append(s.from, s.Offset)
	case EGROUP:
		switch {
		case n == 0:
			return &Error{int(s.Offset), fmt.Sprintf("group %d ends, but none is open", s.Number), ErrGroup}
		case s.open[n-1] != s.Number:
			return &Error{int(s.Offset), fmt.Sprintf("group %d ends inside group %d", s.Number, s.open[n-1]), ErrGroup}
		}
		s.open, s.from = s.open[:n-1], s.from[:n-1]
		s.Depth = n - 1 // it stands beside the tag that opened it
	default:
		return &Error{int(s.Offset), fmt.Sprintf("wire type %d does not exist", s.Type), ErrWireType}
	}
	return err
}

// varint reads a varint byte by byte: on a live pipe the record must not wait
// for bytes that belong to the next.
func (s *Stream) varint() (uint64, error) {
	var raw [maxVarint]byte
	for i := range raw {
		c, err := s.r.ReadByte()
		if err == io.EOF {
			return 0, varintError(raw[:i], int(s.at))
		}
		if err != nil {
			return 0, err
		}
		if raw[i] = c; c < 0x80 {
			v, n := varint(raw[:i+1])
			if n == 0 {
				return 0, varintError(raw[:], int(s.at))
			}
			s.at += int64(n)
			return v, nil
		}
	}
	return 0, varintError(raw[:], int(s.at))
}

func (s *Stream) fixed(size int) error {
	b, err := s.r.Peek(size)
	if len(b) < size {
		if err != io.EOF {
			return err
		}
		return fixedError(s.Type, size, len(b), int(s.at))
	}
	for i, c := range b {
		s.Value |= uint64(c) << (8 * i)
	}
	s.r.Discard(size)
	s.at += int64(size)
	return nil
}

func (s *Stream) bytes() error {
	offset := s.at // of the length
	length, err := s.varint()
	if err != nil {
		return err
	}
	if length > MaxLength {
		return &Error{int(offset), fmt.Sprintf("length says %d, more than 2 GiB", length), ErrLength}
	}
	s.Length = int64(length)
	head, err := io.ReadFull(s.r, s.head[:min(length, headBytes)])
	left := int64(head)
	s.Head = s.head[:head]
	if err == nil {
		var n int
		n, err = s.r.Discard(int(length) - head)
		left += int64(n)
	}
	s.at += left
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return lengthError(length, int(left), int(offset))
	}
	return err
}
