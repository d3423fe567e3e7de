package portmux

import "onwire/wire/packet"

// A Reason is the rule that decided about a packet.
type Reason uint8

const (
	_ Reason = iota
	Empty
	BadVersion
	Truncated
	BadHeader
	BadHeaderSum
	BadOption
	SourceRoute
	MartianSource
	MartianDest
	NotOurs
	NotJoined
	BadFragment
	Overlap
	BadFragmentTwice
	TooManyFragments
	WaitsForRest
	UDPTruncated
	BadUDPLength
	BadUDPSum
	NoUDPSum6
	TCPTruncated
	BadTCPOffset
	BadTCPSum
	TCPToGroup
	ResetUnanswered
	ListenerIgnores
	ListenerResets
	NoListener
	NoPort
	NobodyInGroup
	NoProtocol
	NoNextHeader
	UnknownNext
	BadExtension
	OptionSaysDrop
	OptionUnknown
	BadRouting
	BadICMP
	Answered
	ICMPIgnored
	NoFlow
	NotConnected
	SoftError
	HardError
	ByFourTuple
	ByAddress
	ByWildcard
	ByGroup
	NewConnection
	ConnReset
	NoAnswerToSource
	Incomplete
	MixedECN
	GroupSource
	LoopbackSource
	MappedSource
	LoopbackDest
	UnspecifiedDest
	GroupScope
	LeftToCard
	LengthLeftToCard
	CutByCapture
)

// reasons has the rule of each, and where it is written: for both versions of
// IP, or where IPv6 has it in a document of its own, for each.
var reasons = [...]struct{ text, rfc, rfc6 string }{
	Empty:            {"there are no bytes at all", "", ""},
	BadVersion:       {"the version is neither 4 nor 6", "RFC 1122 3.2.1.1", "RFC 8200 3"},
	Truncated:        {"the packet is shorter than its header says", "RFC 791 3.1", "RFC 8200 3"},
	BadHeader:        {"the header contradicts itself", "RFC 791 3.1", ""},
	BadHeaderSum:     {"the header checksum is wrong; nothing in the header can be believed", "RFC 1122 3.2.1.2", ""},
	BadOption:        {"an IP option has a wrong length", "RFC 791 3.1", ""},
	SourceRoute:      {"source routing is off, as everywhere today", "RFC 7126 4.3", ""},
	MartianSource:    {"no packet from a wire can have this source address", "RFC 1122 3.2.1.3", ""},
	MartianDest:      {"no packet on a wire can have this destination address", "RFC 1122 3.2.1.3", ""},
	NotOurs:          {"the destination is not an address of this host, and this host is no router", "RFC 1122 3.2.1.3", "RFC 4291 2.8"},
	NotJoined:        {"no socket here has joined this multicast group", "RFC 1112 7.2", "RFC 4291 2.8"},
	BadFragment:      {"the fragment contradicts the others, or itself", "RFC 791 3.2", "RFC 8200 4.5"},
	Overlap:          {"the fragment overlaps another; the whole datagram is dropped", "RFC 1858 4", "RFC 8200 4.5"},
	TooManyFragments: {"too many datagrams wait for fragments", "", ""},
	BadFragmentTwice: {"these bytes of the datagram are here already", "RFC 791 3.2", "RFC 8200 4.5"},
	WaitsForRest:     {"a fragment: nothing is delivered until all have come, since only the first has the ports", "RFC 791 3.2", "RFC 8200 4.5"},
	UDPTruncated:     {"the UDP header has 8 bytes, and fewer are here", "RFC 768", ""},
	BadUDPLength:     {"the UDP length is less than 8, or more than IP carries", "RFC 768", ""},
	BadUDPSum:        {"the UDP checksum is wrong", "RFC 1122 4.1.3.4", "RFC 8200 8.1"},
	NoUDPSum6:        {"there is no UDP checksum, which IPv6 does not allow", "RFC 8200 8.1", ""},
	TCPTruncated:     {"the TCP header has 20 bytes at least, and fewer are here", "RFC 9293 3.1", ""},
	BadTCPOffset:     {"the data offset points before the end of the header, or past the segment", "RFC 9293 3.1", ""},
	BadTCPSum:        {"the TCP checksum is wrong", "RFC 9293 3.1", ""},
	TCPToGroup:       {"TCP is between two hosts; what goes to many is not answered", "RFC 1122 4.2.3.10", "RFC 9293 3.9.2.3"},
	ResetUnanswered:  {"a RST is never answered with a RST", "RFC 9293 3.5.2", ""},
	ListenerIgnores:  {"a listener takes no notice of a segment without SYN and ACK, or with RST, or with SYN and FIN", "RFC 9293 3.10.7.2", ""},
	ListenerResets:   {"there is a listener but no such connection, and an ACK belongs to one", "RFC 9293 3.10.7.2", ""},
	NoListener:       {"no TCP socket has this port", "RFC 9293 3.5.2", ""},
	NoPort:           {"no UDP socket has this port", "RFC 1122 4.1.3.1", "RFC 4443 3.1"},
	NobodyInGroup:    {"no socket takes it, and what goes to many is never answered", "RFC 1122 3.2.2", "RFC 4443 2.4"},
	NoProtocol:       {"no protocol of this host has this number", "RFC 1122 3.2.2.1", ""},
	NoNextHeader:     {"No Next Header: there is nothing in it for anybody", "RFC 8200 4.7", ""},
	UnknownNext:      {"the next header is unknown here", "RFC 8200 4", ""},
	BadExtension:     {"an extension header is broken or runs past the packet", "RFC 8200 4", ""},
	OptionSaysDrop:   {"an option that is unknown here says: drop the packet", "RFC 8200 4.2", ""},
	OptionUnknown:    {"an option that is unknown here says: drop the packet and tell the sender", "RFC 8200 4.2", ""},
	BadRouting:       {"a routing header of an unknown type has segments left", "RFC 8200 4.4", ""},
	BadICMP:          {"the ICMP message is cut short or its checksum is wrong", "RFC 792", "RFC 4443 2.3"},
	Answered:         {"the host itself answers", "RFC 1122 3.2.2.6", "RFC 4443 4.2"},
	ICMPIgnored:      {"this ICMP message is for the host, and changes nothing for an app", "RFC 1122 3.2.2", "RFC 4443 2.4"},
	NoFlow:           {"an error about a packet that no socket here has sent; never an ICMP error about an ICMP error", "RFC 1122 3.2.2", "RFC 4443 2.4"},
	NotConnected:     {"the error is for a socket that is not connected: it could not say which packet it is about, so Linux keeps it back", "RFC 1122 4.1.3.3", "RFC 4443 2.4"},
	SoftError:        {"the error may pass; the socket goes on and its app learns nothing", "RFC 1122 4.2.3.9", "RFC 5461 2.2"},
	HardError:        {"the error is final for this connected socket: its next call returns it", "RFC 1122 4.1.3.3", "RFC 4443 2.4"},
	ByFourTuple:      {"a socket is connected to exactly this sender", "RFC 9293 3.3.1", ""},
	ByAddress:        {"a socket has exactly this local address and port", "RFC 1122 4.1.3.5", ""},
	ByWildcard:       {"a socket has this port on every address", "RFC 1122 4.1.3.5", ""},
	ByGroup:          {"a copy for every socket that matches", "RFC 1112 7.2", "RFC 4291 2.7"},
	NewConnection:    {"a listener has this port, and a SYN asks for a connection", "RFC 9293 3.10.7.2", ""},
	ConnReset:        {"RST: the other side has ended the connection", "RFC 9293 3.10.7.4", ""},
	NoAnswerToSource: {"an answer would go to many, to nobody, or to this host itself", "RFC 1122 3.2.2", "RFC 4443 2.4"},
	Incomplete:       {"the first fragment does not hold all headers", "RFC 8200 4.5", ""},
	MixedECN:         {"some fragments say that their sender knows ECN, others that it does not; a mark of congestion would be lost", "RFC 3168 5.3", ""},
	GroupSource:      {"a multicast address is never a source", "RFC 1122 3.2.1.3", "RFC 4291 2.7"},
	LoopbackSource:   {"the loopback address never comes from a wire", "RFC 1122 3.2.1.3", "RFC 4291 2.5.3"},
	MappedSource:     {"an IPv4-mapped address is for programs; no packet has it as its source", "RFC 4291 2.5.5.2", ""},
	LoopbackDest:     {"nothing on a wire is for the loopback address", "RFC 1122 3.2.1.3", "RFC 4291 2.5.3"},
	UnspecifiedDest:  {"the unspecified address is never a destination", "RFC 1122 3.2.1.3", "RFC 4291 2.5.2"},
	GroupScope:       {"a group of this scope never leaves a host, or its scope is reserved", "RFC 4291 2.7", ""},
	LeftToCard:       {"the checksum was left for the network card to fill in (checksum offload); from a wire it would be wrong", "RFC 1122 3.2.1.2", "RFC 8200 8.1"},
	LengthLeftToCard: {"the total length is 0: left for the network card, which cuts the packet up (segmentation offload); from a wire it would be wrong", "RFC 791 3.1", ""},
	CutByCapture:     {"the capture has not kept all of the packet", "", ""},
}

// String returns the rule in a sentence without its full stop.
func (r Reason) String() string { return reasons[r].text }

// RFC returns where the rule is written, for a packet of IPv4: "RFC 768". A
// Verdict knows its version of IP, and where the rule is written for that.
func (r Reason) RFC() string { return reasons[r].rfc }

// RFC returns where the rule that decided is written: "RFC 8200 4.5".
func (v Verdict) RFC() string {
	rule := reasons[v.Reason]
	switch {
	case v.Version != 6 || rule.rfc6 == "":
		return rule.rfc
	case v.Reason == Answered && v.Type == packet.ICMP6NeighborAnswer:
		return "RFC 4861 7.2.4"
	}
	return rule.rfc6
}
