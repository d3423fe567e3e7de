package httpmsg

// A Rule is something that a Finding can be about. Its String is a short name
// that stays the same: "two-lengths".
type Rule uint8

// The rules, in the order of the parts of a message.
const (
	NoRule Rule = iota
	EmptyLineFirst
	BareLF
	BareCR
	RequestLineSpace
	RequestLineParts
	MethodToken
	MethodCase
	TargetBytes
	TargetUnsafe
	TargetFragment
	TargetFormat
	TargetAuthority
	AbsoluteTarget
	VersionFormat
	VersionUnknown
	VersionMinor
	StatusCode
	StatusRange
	StatusLineFormat
	SpaceFirst
	ObsFold
	SpaceBeforeColon
	NoColon
	NameToken
	ValueBytes
	ValueNUL
	ValueObsText
	NoHost
	TwoHosts
	HostFormat
	HostDiffers
	TwoLengths
	UnequalLengths
	LengthFormat
	EmptyElement
	LengthWithTE
	TENotChunked
	TEChunkedTwice
	TEOldVersion
	TECoded
	TEUnknown
	TEFormat
	BodyNotAllowed
	BodyUnasked
	ChunkSizeZeros
	ChunkExtension
	ChunkExtFormat
	ChunkLF
	TrailerForbidden
	numRules
)

// String returns the rule's short name.
func (r Rule) String() string { return rules[r].name }

// RFC returns where the rule is written: "RFC 9112 6.3".
func (r Rule) RFC() string { return rules[r].rfc }

// Parsers returns a sentence that says what real parsers do with it.
func (r Rule) Parsers() string { return rules[r].parsers }

// Rules returns all rules.
func Rules() []Rule {
	all := make([]Rule, 0, numRules-1)
	for r := NoRule + 1; r < numRules; r++ {
		all = append(all, r)
	}
	return all
}
