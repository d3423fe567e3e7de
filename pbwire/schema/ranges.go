package schema

import (
	"cmp"
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// A span is a range of numbers, from the first up to but without the second.
type span [2]int64

// firstGap returns the first number of s that none of the others has.
func firstGap(s span, others []span) (n int64, found bool) {
	slices.SortFunc(others, func(x, y span) int { return cmp.Compare(x[0], y[0]) })
	n = s[0]
	for _, o := range others {
		if o[0] > n {
			break
		}
		n = max(n, o[1])
	}
	return n, n < s[1]
}

func fieldSpans(r protoreflect.FieldRanges) (list []span) {
	for i := range r.Len() {
		list = append(list, span{int64(r.Get(i)[0]), int64(r.Get(i)[1])}) // without the last
	}
	return list
}

// reserved says which numbers the new message no longer reserves, and which
// are no longer for extensions.
func (c *comparison) reserved(was, is protoreflect.MessageDescriptor) {
	var fields []span
	for i := range is.Fields().Len() {
		n := int64(is.Fields().Get(i).Number())
		fields = append(fields, span{n, n + 1}) // added names those that were reserved
	}
	kept := append(fieldSpans(is.ReservedRanges()), fields...)
	for _, s := range fieldSpans(was.ReservedRanges()) {
		c.freed(is, s, kept)
	}
	extensions := fieldSpans(is.ExtensionRanges())
	for _, s := range fieldSpans(was.ExtensionRanges()) {
		if n, found := firstGap(s, extensions); found {
			c.add(is, Breaks, "extension-range", fmt.Sprintf("extensions %s;", s),
				"the numbers %s were for extensions, and %d is not any more: an extension that has it does not compile, and new programs cannot read it", s, n)
		}
	}
	for i := range is.Fields().Len() {
		if g := is.Fields().Get(i); was.ExtensionRanges().Has(g.Number()) {
			c.add(g, Breaks, "extension-range", "take a number that was never used",
				"field %s takes number %d, which was for extensions: bytes of an extension may hold it", g.Name(), g.Number())
		}
	}
}

// String returns a span as a .proto file writes it: "5", "5 to 9", "5 to max".
func (s span) String() string {
	switch last := s[1] - 1; {
	case last == s[0]:
		return fmt.Sprint(s[0])
	case last >= 1<<29-1:
		return fmt.Sprintf("%d to max", s[0])
	default:
		return fmt.Sprintf("%d to %d", s[0], last)
	}
}

// freed says which number of a span, which was reserved, is the first that the
// new message or enum does not keep from others.
func (c *comparison) freed(is protoreflect.Descriptor, s span, kept []span) {
	if n, found := firstGap(s, kept); found { // one finding a span
		c.add(is, Breaks, "reserved-removed", fmt.Sprintf("reserved %d;", n),
			"number %d was reserved and is free again: a field that takes it later reads old bytes as something else", n)
	}
}

// enumReserved says which numbers the new enum no longer reserves.
func (c *comparison) enumReserved(was, is protoreflect.EnumDescriptor) {
	spans := func(ed protoreflect.EnumDescriptor) (list []span) {
		for i := range ed.ReservedRanges().Len() {
			r := ed.ReservedRanges().Get(i) // with the last
			list = append(list, span{int64(r[0]), int64(r[1]) + 1})
		}
		return list
	}
	kept := spans(is)
	for i := range is.Values().Len() {
		n := int64(is.Values().Get(i).Number())
		kept = append(kept, span{n, n + 1})
	}
	for _, s := range spans(was) {
		c.freed(is, s, kept)
	}
}
