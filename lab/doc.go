// Package lab is a network in one process: hosts with real TCP/IP stacks on a
// wire that loses, delays, copies, swaps and breaks frames when it is told to.
//
// Each [Host] runs gVisor's stack: Ethernet and ARP (RFC 826), IPv4 (RFC 791),
// IPv6 (RFC 8200) with neighbour discovery (RFC 4861), ICMP, UDP (RFC 768) and
// TCP (RFC 9293). It offers Listen, DialContext and ListenPacket with the net
// package's interfaces, so a server that takes a net.Listener runs on it
// unchanged. No right, no card and no root is needed, on any system.
//
// Time is virtual. The clock stands still while any goroutine of the process
// can run, and jumps to the next timer once all of them wait; a minute on the
// wire takes milliseconds. Each step wakes one host, one timer or one waiting
// call, and the next step waits until that has come to rest. So one seed gives
// the same frames at the same times, byte for byte. Two flows that start in
// two goroutines at one instant are the exception: who takes the next port is
// then a race, so fix their ports with [Host.DialFrom], or let one start after
// the other with [Host.Sleep].
//
// A call without a deadline waits for ever for what does not come, as on any
// network, and the clock then stands still. Give calls deadlines.
//
// While a network is open the process runs on one processor (GOMAXPROCS).
//
// A goroutine that waits in time.Sleep, or for a real socket, counts as
// waiting: the lab's clock does not know of it and runs on. Use the host's
// Sleep, AfterFunc and deadlines instead. A goroutine in a system call counts
// as running for up to a second, so that printing a line costs no lab time.
package lab
