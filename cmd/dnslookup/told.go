package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/wire"
)

// told turns an error of the package into what the command tells, with its
// exit code.
func (o *options) told(err error, name string) error {
	inLab, bare := o.lab || o.worldDir != "", name
	switch { // the hint is a command to copy
	case o.worldDir != "":
		name = "--world " + o.worldDir + " " + name
	case o.lab:
		name = "--lab " + name
	}
	var nameErr *dnslookup.NameError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &nameErr):
		return cli.Misuse("labels of 1 to 63 characters with dots between them, such as www.example.com", "%v", err)
	case errors.Is(err, dnslookup.ErrNXDomain), errors.Is(err, dnslookup.ErrNoData):
		return cli.Failed("", "%v", err)
	case errors.Is(err, dnslookup.ErrBogus):
		return &cli.Error{Code: 4, Message: err.Error(), Hint: fmt.Sprintf("'dnslookup dnssec %s' shows where the chain of trust breaks", name)}
	case errors.Is(err, dnslookup.ErrNotDNS):
		return &cli.Error{Code: 2, Message: err.Error(), Hint: "the system asks for it: 'ping " + wire.Escape(bare) + "', 'getent hosts " + wire.Escape(bare) + "'; with @SERVER that DNS server is asked all the same"}
	case errors.Is(err, dnslookup.ErrNoServer):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "check the name after the @, or write the server's address"}
	case errors.Is(err, dnslookup.ErrNetwork) && strings.Contains(err.Error(), "interface"):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "write it with the interface: fe80::53%eth0 in resolv.conf, @fe80::53%eth0 here"}
	case errors.Is(err, dnslookup.ErrNetwork) && strings.Contains(err.Error(), "certificate"):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "what answers there cannot show that it is this server: ask it by the name in its certificate"}
	case errors.Is(err, dnslookup.ErrNetwork) && wrongPlace(err):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "is that the right address, port and transport? " + labHint}
	case errors.Is(err, dnslookup.ErrNetwork) && !inLab, errors.Is(err, dnslookup.ErrTimeout) && !inLab:
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "is there a network? " + labHint}
	case errors.Is(err, dnslookup.ErrLoop), errors.Is(err, dnslookup.ErrAliases), errors.Is(err, dnslookup.ErrLame), errors.Is(err, dnslookup.ErrBudget),
		errors.Is(err, dnslookup.ErrNetwork), errors.Is(err, dnslookup.ErrTimeout):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: fmt.Sprintf("'dnslookup trace %s' shows every step", name)}
	case errors.Is(err, dnslookup.ErrServer) && o.class != 0 && o.class != dnslookup.ClassIN: // there is no walk in it
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "many servers answer nothing in class " + o.class.String() + ", or only to their owner: ask another one, with @SERVER"}
	case errors.Is(err, dnslookup.ErrServer):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: fmt.Sprintf("'dnslookup trace %s' walks from the root by itself, past this server", name)}
	case errors.Is(err, dnslookup.ErrFormat):
		return &cli.Error{Code: 3, Message: err.Error(), Hint: "ask another server: 'dnslookup NAME @9.9.9.9'"}
	case errors.Is(err, context.Canceled):
		return &cli.Error{Code: 3, Message: "interrupted"}
	}
	return &cli.Error{Code: 3, Message: err.Error()}
}

// openFile opens a file, or tells why it cannot.
func openFile(name string) (*os.File, error) {
	f, err := cli.OpenFile(name)
	return f, notAsked(err)
}

// notAsked gives an error of a file the exit code 2: here 1 says that a name
// does not exist.
func notAsked(err error) error {
	if told, ok := errors.AsType[*cli.Error](err); ok {
		told.Code = 2
	}
	return err
}

// wrongPlace reports whether a computer has answered, but no name server.
func wrongPlace(err error) bool {
	for _, text := range []string{"no program listens", "broke the connection off", "does not speak TLS"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}
