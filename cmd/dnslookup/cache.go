package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// replay is what "cache" plays without a file: hits, an expiry, and absences.
const replay = `
0s    a.example.cn A       # nothing is known: the whole walk
1s    a.example.cn A       # the same again: a hit
2s    www.example.cn A     # a neighbour: only its own zone is asked, and that of its alias
10s   nope.example.cn A    # a name that does not exist
20s   nope.example.cn A    # that is remembered too (negative caching)
25s   x.nope.example.cn A  # below a name that does not exist nothing can exist
80s   nope.example.cn A    # the absence has expired after 60 s
301s  a.example.cn A       # so has the address after 300 s; the servers of the zone have not
400s  a.example.cn A = 192.0.2.7  # the administrator of example.cn changes the address
401s  a.example.cn A       # this cache still has the old one, and may keep it for its TTL
605s  a.example.cn A       # now it asks again: nothing was "propagated", the old answer has expired
`

// maxReplay bounds a replay from a file.
const maxReplay = 10_000

func cacheVerb(o *options) *cobra.Command {
	entries := false
	c := &cobra.Command{
		Use:   "cache [FILE|-]",
		Short: "A replay of look-ups with a clock: hits, expiry, negative entries",
		Long: `cache plays look-ups against one cache, with a clock that jumps. Each line of
FILE is a time, a name and a type: "90s www.example.cn A". Times ascend. In the
lab, "100s www.plain.cn A = 192.0.2.7" changes a record at the servers of its
zone. Without FILE a replay in the lab shows what there is to see.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var input io.Reader = strings.NewReader(replay)
			if len(args) == 0 {
				o.lab = true
			} else {
				f, err := o.env.Open(c.Context(), args[0])
				if err != nil {
					return notAsked(err)
				}
				defer f.Close()
				input = f
			}
			return o.replay(c.Context(), cli.Text(input), entries)
		},
	}
	c.Flags().BoolVar(&entries, "entries", false, "list what the cache holds after each look-up")
	o.env.StepFlag(c)
	return c
}

// An event is one line of a replay.
type event struct {
	at       time.Duration
	question dnslookup.Question
	data     string // of a record that changes at its servers; "" for a look-up
	comment  string
}

func parseEvent(line string) (event, bool, error) {
	text, comment, _ := strings.Cut(line, "#")
	text, data, changes := strings.Cut(text, "=")
	words := strings.Fields(text)
	if len(words) == 0 {
		return event{}, false, nil
	}
	if len(words) < 2 || len(words) > 3 {
		return event{}, false, fmt.Errorf("%q is not a time, a name and a type", strings.TrimSpace(line))
	}
	at, err := time.ParseDuration(words[0])
	if err != nil || at < 0 {
		return event{}, false, fmt.Errorf("%q is not a time such as 90s or 5m", words[0])
	}
	name, err := dnslookup.ParseName(words[1])
	if err != nil {
		return event{}, false, err
	}
	e := event{at, dnslookup.Question{Name: name, Type: dnslookup.TypeA}, strings.TrimSpace(data), strings.TrimSpace(comment)}
	if changes && e.data == "" {
		return event{}, false, errors.New("there is no data after the =")
	}
	if len(words) == 3 {
		if e.question.Type, err = dnslookup.ParseType(words[2]); err != nil {
			return event{}, false, err
		}
	}
	return e, true, nil
}

// replayed is a look-up of a replay as JSON.
type replayed struct {
	At      int64            `json:"t_us"`
	Name    string           `json:"name"`
	Type    dnslookup.Type   `json:"type"`
	Change  bool             `json:"change"` // no look-up: the record changes at its servers
	Hit     bool             `json:"hit"`
	Queries int              `json:"queries"`
	Rcode   string           `json:"rcode"`
	Data    []string         `json:"data"`
	TTL     int              `json:"ttl"`
	Error   string           `json:"error"`
	Entries []cacheEntryJSON `json:"entries"`
}

type cacheEntryJSON struct {
	Name    string            `json:"name"`
	Type    dnslookup.Type    `json:"type"`
	Outcome dnslookup.Outcome `json:"outcome"`
	Left    int               `json:"left"`
	Data    []string          `json:"data"`
}

// replay plays the lines of input against one cache.
func (o *options) replay(ctx context.Context, input io.Reader, entries bool) error {
	r, err := o.resolver(ctx, dnslookup.Iterative, "")
	if err != nil {
		return err
	}
	r.Cache = dnslookup.NewCache(0)
	begin, offset := time.Now(), time.Duration(0)
	now := func() time.Duration { return time.Since(begin) + offset }
	advance := func(d time.Duration) { offset += d }
	if o.world != nil {
		start := o.world.Now()
		now = func() time.Duration { return o.world.Now().Sub(start) }
		advance = o.world.Advance
	} else {
		r.Clock = func() time.Time { return begin.Add(now()) }
	}
	s := o.env.Screen()
	lines := bufio.NewScanner(input)
	n, line, code := 0, 0, 0
	var last time.Duration
	for lines.Scan() {
		line++
		e, ok, err := parseEvent(lines.Text())
		if err != nil {
			return cli.Misuse("a line is a time, a name and a type: \"90s www.example.cn A\"", "line %d: %v", line, err)
		}
		if !ok {
			continue
		}
		if e.at < last {
			return cli.Misuse("sort the lines by their times", "line %d: %v is before %v, and a clock does not run backwards", line, e.at, last)
		}
		last = e.at
		if n++; n > maxReplay {
			return cli.Misuse("cut the file in parts", "more than %d look-ups", maxReplay)
		}
		if n > 1 {
			o.env.Pause()
		}
		if e.at > now() {
			advance(e.at - now())
		}
		if e.data != "" {
			if err := o.change(e); err != nil {
				return cli.Misuse("such as \"100s a.example.cn A = 192.0.2.7\"", "line %d: %v", line, err)
			}
			continue
		}
		res, err := r.Lookup(ctx, e.question.Name, e.question.Type)
		if err != nil && res.Negative == nil {
			var failed *cli.Error
			if errors.As(o.told(err, e.question.Name), &failed) && failed.Code >= 2 {
				if o.world == nil || ctx.Err() != nil {
					return failed
				}
				code = failed.Code
			}
		}
		if o.env.JSON {
			o.env.PrintJSON(o.replayedJSON(e, res, err, r.Cache, r, entries))
			continue
		}
		o.replayLine(e, res, err)
		if entries {
			for _, entry := range r.Cache.Entries(clock(r)) {
				s.Printf("          %s\n", s.Wrap(12, fmt.Sprintf("holds %s %s: %s %s, another %s", show(entry.Question.Name), entry.Question.Type, entry.Outcome, strings.Join(entry.Data, ", "), dnslookup.Duration(entry.Left))))
			}
		}
	}
	if ctx.Err() != nil {
		return o.told(ctx.Err(), "")
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return cli.Misuse("a line is a time, a name and a type", "line %d: is far longer than any name", line+1)
	} else if err != nil {
		return cli.Misuse("a line is a time, a name and a type", "%v", err)
	}
	if !o.env.JSON {
		s.Printf("\n%s\n", s.Wrap(0, "A hit costs no query. What does not exist is remembered too, for the smaller of the SOA record's TTL and its MINIMUM (RFC 2308)."))
	}
	return exit(code)
}

// change changes a record at the servers of its zone, as the administrator of
// that zone does. No cache is told.
func (o *options) change(e event) error {
	if o.world == nil {
		return errors.New("a record can be changed in the lab alone: add --lab")
	}
	if err := o.world.Change(e.question, e.data); err != nil {
		return err
	}
	if o.env.JSON {
		return o.env.PrintJSON(replayed{At: e.at.Microseconds(), Name: e.question.Name, Type: e.question.Type, Change: true,
			Rcode: "NOERROR", Data: []string{e.data}, Entries: []cacheEntryJSON{}})
	}
	s := o.env.Screen()
	verdict := s.Paint(term.Blue, "changes at the zone's servers")
	s.Printf("%6s  %s\n", e.seconds(), s.Wrap(8, fmt.Sprintf("%s %s: %s to %s", show(e.question.Name), e.question.Type, verdict, wire.Escape(e.data))))
	o.comment(e)
	return nil
}

func (e event) seconds() string { return strconv.FormatFloat(e.at.Seconds(), 'f', -1, 64) + "s" }

func (o *options) comment(e event) {
	if s := o.env.Screen(); e.comment != "" {
		s.Printf("        %s\n", s.Wrap(8, wire.Escape(e.comment)))
	}
}

func clock(r *dnslookup.Resolver) time.Time {
	if r.Clock != nil {
		return r.Clock()
	}
	return time.Now()
}

// replayLine shows one look-up of a replay.
func (o *options) replayLine(e event, res *dnslookup.Result, err error) {
	s := o.env.Screen()
	verdict := s.Paint(term.Yellow, fmt.Sprintf("miss, %d %s", res.Queries, map[bool]string{true: "query", false: "queries"}[res.Queries == 1]))
	if res.Queries == 0 {
		verdict = s.Paint(term.Green, "hit")
	}
	found := ""
	switch {
	case res.Negative != nil && res.Rcode == dnslookup.NXDomain:
		found = "no such name (NXDOMAIN), kept " + dnslookup.Duration(res.Negative.TTL)
	case res.Negative != nil:
		found = "no such type (NODATA), kept " + dnslookup.Duration(res.Negative.TTL)
	case err != nil:
		found = err.Error()
	default:
		found = fmt.Sprintf("%s, kept %s", res.Records[0].Data, dnslookup.Duration(res.Records[0].Lifetime()))
	}
	s.Printf("%6s  %s\n", e.seconds(), s.Wrap(8, fmt.Sprintf("%s %s: %s; %s", show(e.question.Name), e.question.Type, verdict, found)))
	o.comment(e)
}

func (o *options) replayedJSON(e event, res *dnslookup.Result, err error, cache *dnslookup.Cache, r *dnslookup.Resolver, entries bool) replayed {
	out := replayed{At: e.at.Microseconds(), Name: e.question.Name, Type: e.question.Type, Hit: res.Queries == 0, Queries: res.Queries,
		Rcode: rcode(res.Rcode, res.Negative != nil, err), Data: []string{}, Entries: []cacheEntryJSON{}}
	for _, rr := range res.Records {
		out.Data = append(out.Data, rr.Data)
		out.TTL = int(rr.TTL)
	}
	if res.Negative != nil {
		out.TTL = int(res.Negative.TTL.Seconds())
	}
	if err != nil {
		out.Error = err.Error()
	}
	if entries {
		for _, entry := range cache.Entries(clock(r)) {
			out.Entries = append(out.Entries, cacheEntryJSON{entry.Question.Name, entry.Question.Type, entry.Outcome, int(entry.Left.Seconds()), list(entry.Data)})
		}
	}
	return out
}
