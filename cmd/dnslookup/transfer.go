package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"
)

// isTransfer reports whether a type stands for a whole zone.
func isTransfer(t dnslookup.Type) bool { return t == dnslookup.TypeAXFR || t == dnslookup.TypeIXFR }

// transferred is how a transfer ended, as JSON, after its records.
type transferred struct {
	Zone     string `json:"zone"`
	Server   string `json:"server"`
	Records  int    `json:"records"` // the SOA record at both ends counts twice
	Messages int    `json:"messages"`
	Whole    bool   `json:"whole"` // the SOA record has come at both ends
	Elapsed  int64  `json:"elapsed_us"`
	Error    string `json:"error"`
}

// transfer asks for a whole zone and prints a record a line, as they come.
func (o *options) transfer(ctx context.Context, r *dnslookup.Resolver, names []string, types []dnslookup.Type) error {
	switch {
	case len(names) != 1 || len(types) != 1:
		return cli.Misuse("'dnslookup ZONE AXFR @SERVER'", "a transfer is of one zone, and asks for nothing else")
	case types[0] == dnslookup.TypeIXFR:
		return cli.Misuse("'dnslookup "+names[0]+" AXFR @SERVER' asks for all of it", "IXFR asks for what has changed since a version that one has (RFC 1995), and this program keeps no zones")
	case o.https:
		return cli.Misuse("leave --https out", "a zone transfer goes over TCP or TLS (RFC 5936, RFC 9103)")
	}
	now := time.Now
	if r.Clock != nil {
		now = r.Clock
	}
	end, start := transferred{Zone: names[0]}, now()
	if len(r.Servers) > 0 {
		end.Server = r.Servers[0].String()
	}
	var failed error
	for records, err := range r.Transfer(ctx, names[0]) {
		failed = err
		end.Messages++
		for _, rr := range records {
			end.Records++
			if o.env.JSON {
				failed = errors.Join(failed, o.env.PrintJSON(rr))
			} else {
				o.env.Screen().Printf("%s %d %s %s %s\n", rr.Name, rr.TTL, rr.Class, rr.Type, rr.Data)
			}
		}
		if err := o.env.OutErr(); err != nil {
			return err
		}
	}
	end.Elapsed, end.Whole = now().Sub(start).Microseconds(), failed == nil
	if failed != nil {
		end.Messages--
		end.Error = failed.Error()
	}
	if o.env.JSON {
		o.env.PrintJSON(end)
	}
	if failed != nil {
		return o.transferTold(failed, names[0])
	}
	if !o.env.JSON {
		fmt.Fprintf(o.env.Stderr, "%s in %s from %s over TCP, in %s: the whole zone\n",
			term.Count(end.Records, "record"), term.Count(end.Messages, "message"), end.Server, millis(now().Sub(start)))
	}
	return nil
}

// transferTold gives a transfer's error its hint.
func (o *options) transferTold(err error, zone string) error {
	told := o.told(err, zone)
	var failed *cli.Error
	if errors.As(told, &failed) && errors.Is(err, dnslookup.ErrServer) {
		failed.Hint = "most servers give their zone to their own secondary servers only; a recursor has none: 'dnslookup " + zone + " NS' lists the zone's servers"
		if o.lab {
			failed.Hint = "in the lab, 'dnslookup --lab plain.cn AXFR @198.51.100.10' is allowed"
		}
	}
	return told
}
