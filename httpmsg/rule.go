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
	ConnectTarget
	TargetAuthority
	TargetUser
	TargetNoHost
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
	ChunkExtSpace
	ChunkExtFormat
	ChunkLF
	TrailerLF
	TrailerForbidden
	numRules
)
