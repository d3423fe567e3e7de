package lab

import (
	"encoding/binary"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// A card is a host's network interface: what the stack takes for hardware.
type card struct {
	host    *Host
	address [6]byte
	mtu     uint32
	stack   stack.NetworkDispatcher
}

// wants reports whether a card takes the frame in: if it is addressed to this
// card, or to a group.
func (c *card) wants(frame []byte) bool {
	return frame[0]&1 == 1 || [6]byte(frame) == c.address
}

// receive hands a frame to the stack.
func (c *card) receive(frame []byte) {
	p := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(frame)})
	defer p.DecRef()
	if !c.ParseHeader(p) {
		return
	}
	switch {
	case [6]byte(frame) == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}:
		p.PktType = tcpip.PacketBroadcast
	case frame[0]&1 == 1:
		p.PktType = tcpip.PacketMulticast
	default:
		p.PktType = tcpip.PacketHost
	}
	c.stack.DeliverNetworkPacket(tcpip.NetworkProtocolNumber(binary.BigEndian.Uint16(frame[12:])), p)
}

// WritePackets puts packets of the stack on the wire.
func (c *card) WritePackets(list stack.PacketBufferList) (int, tcpip.Error) {
	for _, p := range list.AsSlice() {
		frame := make([]byte, 0, p.Size())
		for _, part := range p.AsSlices() {
			frame = append(frame, part...)
		}
		c.host.net.link.send(c.host, frame)
	}
	return list.Len(), nil
}

// AddHeader writes the Ethernet header of a packet.
func (c *card) AddHeader(p *stack.PacketBuffer) {
	header.Ethernet(p.LinkHeader().Push(header.EthernetMinimumSize)).Encode(&header.EthernetFields{
		SrcAddr: p.EgressRoute.LocalLinkAddress,
		DstAddr: p.EgressRoute.RemoteLinkAddress,
		Type:    p.NetworkProtocolNumber,
	})
}

// ParseHeader takes the Ethernet header off a packet.
func (c *card) ParseHeader(p *stack.PacketBuffer) bool {
	_, ok := p.LinkHeader().Consume(header.EthernetMinimumSize)
	return ok
}

// Capabilities say that addresses must be resolved, and that the card does no
// checksums: the stack writes and checks them, so that a broken bit is noticed.
func (c *card) Capabilities() stack.LinkEndpointCapabilities {
	return stack.CapabilityResolutionRequired
}

func (c *card) LinkAddress() tcpip.LinkAddress          { return tcpip.LinkAddress(c.address[:]) }
func (c *card) SetLinkAddress(a tcpip.LinkAddress)      { copy(c.address[:], a) }
func (c *card) MTU() uint32                             { return c.mtu }
func (c *card) SetMTU(mtu uint32)                       { c.mtu = mtu }
func (c *card) MaxHeaderLength() uint16                 { return header.EthernetMinimumSize }
func (c *card) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (c *card) Attach(d stack.NetworkDispatcher)        { c.stack = d }
func (c *card) IsAttached() bool                        { return c.stack != nil }
func (c *card) Wait()                                   {}
func (c *card) Close()                                  {}
func (c *card) SetOnCloseAction(func())                 {}
