package httpmsg_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"onwire/httpmsg"
)

const (
	get  = "GET / HTTP/1.1\r\nHost: h\r\n"
	post = "POST / HTTP/1.1\r\nHost: h\r\n"
	te   = post + "Transfer-Encoding: chunked\r\n\r\n"
)

// text writes what was found as "rule@offset=status ...".
func text(findings []httpmsg.Finding) string {
	var s []string
	for _, f := range findings {
		one := fmt.Sprintf("%v@%d", f.Rule, f.Start)
		if f.Status > 0 {
			one += fmt.Sprintf("=%d", f.Status)
		}
		s = append(s, one)
	}
	return strings.Join(s, " ")
}

func TestFindingsOfRequests(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", get + "\r\n", ""},
		{"empty lines first", "\r\n\n" + get + "\r\n", "empty-line-first@0"},
		{"LF only", "GET / HTTP/1.1\nHost: h\n\n", "bare-lf@14"},
		{"CR in a value", get + "A: b\rc\r\n\r\n", "bare-cr@29=400"},
		{"two spaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "request-line-space@3=400"},
		{"a tab", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", "request-line-space@3=400"},
		{"a space at the end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", "request-line-space@0=400"},
		{"a space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "target-bytes@6=400"},
		{"HTTP/0.9", "GET /\r\n\r\n", "request-line-parts@0=400"},
		{"a method that is no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", "method-token@1=400"},
		{"a method in small letters", "get / HTTP/1.1\r\nHost: h\r\n\r\n", "method-case@0"},
		{"a method of their own", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", ""},
		{"a control in the target", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", "target-bytes@5=400"},
		{"UTF-8 in the target", "GET /é HTTP/1.1\r\nHost: h\r\n\r\n", "target-unsafe@5"},
		{"braces in the target", "GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "target-unsafe@5"},
		{"a fragment", "GET /p#f HTTP/1.1\r\nHost: h\r\n\r\n", "target-fragment@6=400"},
		{"no slash", "GET p HTTP/1.1\r\nHost: h\r\n\r\n", "target-format@4=400"},
		{"asterisk with GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "target-format@4=400"},
		{"asterisk with OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", ""},
		{"GET with a body", get + "Content-Length: 1\r\n\r\nx", "body-unasked@25"},
		{"GET with a length of 0", get + "Content-Length: 0\r\n\r\n", ""},
		{"DELETE with chunks", "DELETE / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "body-unasked@28"},
		{"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", ""},
		{"CONNECT without a port", "CONNECT h HTTP/1.1\r\nHost: h\r\n\r\n", "connect-target@8=400"},
		{"a whole URL", "GET http://h/p HTTP/1.1\r\nHost: h\r\n\r\n", "absolute-target@4"},
		{"a whole URL of another host", "GET http://x/p HTTP/1.1\r\nHost: h\r\n\r\n", "absolute-target@4 host-differs@31"},
		{"a whole URL with a user", "GET http://u:p@h/p HTTP/1.1\r\nHost: h\r\n\r\n", "absolute-target@4 target-user@11=400"},
		{"a whole URL without a host", "GET http:///p HTTP/1.1\r\nHost:\r\n\r\n", "absolute-target@4 target-no-host@11=400"},
		{"a whole URL with a port alone", "GET http://:80/p HTTP/1.1\r\nHost: :80\r\n\r\n", "absolute-target@4 target-no-host@11=400"},
		{"a whole URL with a port that is none", "GET http://h:x/p HTTP/1.1\r\nHost: h\r\n\r\n", "absolute-target@4 target-authority@11=400 host-differs@33"},
		{"http without slashes", "GET http:p HTTP/1.1\r\nHost: h\r\n\r\n", "target-no-host@4=400"},
		{"a URL of another kind", "GET urn:a:b HTTP/1.1\r\nHost: h\r\n\r\n", "absolute-target@4"},
		{"host:port without CONNECT", "GET h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "target-format@4=400"},
		{"CONNECT with another Host", "CONNECT h:443 HTTP/1.1\r\nHost: z:443\r\n\r\n", "host-differs@30"},
		{"a % alone in the target", "GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n", "target-unsafe@5"},
		{"a version in small letters", "GET / http/1.1\r\nHost: h\r\n\r\n", "version-format@6=400"},
		{"a version of two digits", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", "version-format@6=400"},
		{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "version-unknown@6=505"},
		{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", "version-minor@6"},
		{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", ""},
		{"space before the first field", "GET / HTTP/1.1\r\n X: y\r\nHost: h\r\n\r\n", "space-first@16=400"},
		{"a fold", get + "A: b\r\n c\r\n\r\n", "obs-fold@31=400"},
		{"a space before the colon", get + "A : b\r\n\r\n", "space-before-colon@26=400"},
		{"no colon", get + "Ab\r\n\r\n", "no-colon@25=400"},
		{"no name", get + ": b\r\n\r\n", "name-token@25=400"},
		{"a name that is no token", get + "A(: b\r\n\r\n", "name-token@26=400"},
		{"a control in a value", get + "A: b\x01\r\n\r\n", "value-control@29=400"},
		{"NUL in a value", get + "A: b\x00\r\n\r\n", "value-nul@29=400"},
		{"Latin-1 in a value", get + "A: \xe9\r\n\r\n", "value-not-ascii@28"},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", "no-host@16=400"},
		{"two Hosts", get + "Host: i\r\n\r\n", "two-hosts@25=400"},
		{"two Hosts alike", get + "Host: h\r\n\r\n", "two-hosts@25=400"},
		{"a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "host-format@22=400"},
		{"a Host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", "host-format@22=400"},
		{"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", ""},
		{"a Host in brackets", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ""},
		{"lengths alike", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "two-lengths@61"},
		{"lengths alike in a list", post + "Content-Length: 2, 2\r\n\r\nhi", "two-lengths@45"},
		{"lengths unequal", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", "unequal-lengths@61=400"},
		{"+2", post + "Content-Length: +2\r\n\r\nhi", "length-format@42=400"},
		{"-1", post + "Content-Length: -1\r\n\r\nhi", "length-format@42=400"},
		{"too large a number", post + "Content-Length: 9223372036854775808\r\n\r\nhi", "length-format@42=400"},
		{"no number", post + "Content-Length:\r\n\r\nhi", "length-format@26=400"},
		{"a length that is none, and one", post + "Content-Length: x, 5\r\n\r\nhello", "length-format@42=400"},
		{"a length and a comma", post + "Content-Length: 5,\r\n\r\nhello", "empty-element@42"},
		{"Content-Length and chunks", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "length-with-te@45=400"},
		{"gzip alone", post + "Transfer-Encoding: gzip\r\n\r\n", "te-coded@45=400 te-not-chunked@45=400"},
		{"gzip below chunks", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "te-coded@45=501"},
		{"chunks below gzip", post + "Transfer-Encoding: chunked, gzip\r\n\r\n", "te-coded@54=400 te-not-chunked@45=400"},
		{"chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "te-chunked-twice@73=400"},
		{"xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n", "te-unknown@45=400 te-not-chunked@45=400"},
		{"identity before chunked", post + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", "te-unknown@45=501"},
		{"a comma before chunked", post + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", "empty-element@45"},
		{"chunked with a parameter", post + "Transfer-Encoding: chunked;a=b\r\n\r\n", "te-format@45=400 te-not-chunked@45=400"},
		{"chunked in quotes", post + "Transfer-Encoding: \"chunked\"\r\n\r\n", "te-format@45=400 te-not-chunked@45=400"},
		{"an empty Transfer-Encoding", post + "Transfer-Encoding: \r\n\r\n", "te-format@26=400 te-not-chunked@45=400"},
		{"chunked in a fold", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "obs-fold@46=400"},
		{"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "te-old-version@17=400"},
		{"zeros before a size", te + "0002\r\nhi\r\n0\r\n\r\n", "chunk-size-zeros@56"},
		{"an extension", te + "2;a=b\r\nhi\r\n0\r\n\r\n", "chunk-extension@57"},
		{"a space behind a size", te + "2 \r\nhi\r\n0\r\n\r\n", "chunk-ext-format@57=400"},
		{"a CR in an extension", te + "2;a\rb\r\nhi\r\n0\r\n\r\n", "chunk-ext-format@59=400"},
		{"extensions of every form", te + "2;a;b=c;d=\"e;\\\"f\tg\xe9\"\r\nhi\r\n0;x\r\n\r\n", "chunk-extension@57 chunk-extension@83"},
		{"whitespace before a semicolon", te + "2 ;a\r\nhi\r\n0\r\n\r\n", "chunk-ext-space@57"},
		{"whitespace after it", te + "2;\ta\r\nhi\r\n0\r\n\r\n", "chunk-ext-space@58"},
		{"whitespace around =", te + "2;a = b ;c\r\nhi\r\n0\r\n\r\n", "chunk-ext-space@59"},
		{"a semicolon alone", te + "2;\r\naa\r\n0\r\n\r\n", "chunk-ext-format@57=400"},
		{"a quote that is open", te + "5;a=\"b\";c=\"d; e\r\nhello\r\n0\r\n\r\n", "chunk-ext-format@70=400"},
		{"spaces after a size", te + "5   \r\nhello\r\n0\r\n\r\n", "chunk-ext-format@59=400"},
		{"a space after an extension", te + "2;a=b \r\nhi\r\n0\r\n\r\n", "chunk-ext-format@61=400"},
		{"an extension without a name", te + "2;=b\r\nhi\r\n0\r\n\r\n", "chunk-ext-format@58=400"},
		{"an extension without a value", te + "2;a=\r\nhi\r\n0\r\n\r\n", "chunk-ext-format@59=400"},
		{"two semicolons", te + "2;a;;b\r\nhi\r\n0\r\n\r\n", "chunk-ext-format@60=400"},
		{"UTF-8 outside quotes", te + "2;\xc3\xa9\r\nhi\r\n0\r\n\r\n", "chunk-ext-format@58=400"},
		{"a trailer with LF only", te + "0\r\nA: b\n\r\n", "trailer-lf@63=400"},
		{"a size line with LF only", te + "2;a\nhi\r\n0\r\n\r\n", "chunk-lf@59=400 chunk-extension@57"},
		{"data with LF only", te + "2\r\nhi\n0\r\n\r\n", "chunk-lf@61=400"},
		{"Content-Length behind the chunks", te + "0\r\nContent-Length: 5\r\n\r\n", "trailer-forbidden@59"},
		{"a token behind the chunks", te + "0\r\nProxy-Authorization: x\r\n\r\n", "trailer-forbidden@59"},
		{"a trailer without a colon", te + "0\r\nfoo\r\n\r\n", "no-colon@59=400"},
	} {
		m, err := httpmsg.ParseRequest([]byte(tt.in), httpmsg.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := text(m.Findings); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}

		// The Reader of a server refuses what has to be refused, and only that.
		r := httpmsg.NewReader(strings.NewReader(tt.in), httpmsg.Limits{})
		_, err = r.ReadRequest()
		if err == nil {
			_, err = discard(r.Body())
		}
		refused := m.Refused() != nil
		if got := errors.Is(err, httpmsg.ErrRefused); got != refused {
			t.Errorf("%s: the Reader says %v", tt.name, err)
		}
		var ours *httpmsg.Error
		if errors.As(err, &ours) && (ours.Status != m.Refused().Status || ours.Offset != int64(m.Refused().Start)) {
			t.Errorf("%s: the Reader answers %d for byte %d", tt.name, ours.Status, ours.Offset)
		}
	}
}

func TestFindingsOfResponses(t *testing.T) {
	for _, tt := range []struct{ name, in, method, want string }{
		{"nothing", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "GET", ""},
		{"no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "GET", ""},
		{"no space either", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "GET", "status-line-format@12"},
		{"two spaces", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n", "GET", "status-line-format@8"},
		{"a code of two digits", "HTTP/1.1 20 OK\r\n\r\n", "GET", "status-code@9=400"},
		{"a code that is none", "HTTP/1.1 abc OK\r\n\r\n", "GET", "status-code@9=400"},
		{"999", "HTTP/1.1 999 OK\r\n\r\n", "GET", "status-range@9"},
		{"099", "HTTP/1.1 099 OK\r\n\r\n", "GET", "status-range@9"},
		{"a fold", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "GET", "obs-fold@23"},
		{"a space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "GET", "space-before-colon@18"},
		{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", "GET", "body-not-allowed@25"},
		{"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", "GET", ""},
		{"unequal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", "GET", "unequal-lengths@52=400"},
		{"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET", "length-with-te@36"},
		{"a bad name", "HTTP/1.1 200 OK\r\nA(: b\r\nContent-Length: 0\r\n\r\n", "GET", "name-token@18=400"},
		{"a semicolon alone", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;\r\naa\r\n0\r\n\r\n", "GET", "chunk-ext-format@48=400"},
	} {
		m, err := httpmsg.ParseResponse([]byte(tt.in), tt.method, httpmsg.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := text(m.Findings); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestRules: every rule says all that a Finding shows, and has a name of its
// own. The sentence of a requirement has its keyword, and where the RFC requires
// nothing it says that this is advice.
func TestRules(t *testing.T) {
	names := map[string]bool{}
	for _, r := range httpmsg.Rules() {
		if r.String() == "" || names[r.String()] || r.RFC() == "" {
			t.Errorf("rule %d: %q %q", r, r, r.RFC())
		}
		names[r.String()] = true
		request, response := r.Requirement(httpmsg.RequestKind), r.Requirement(httpmsg.ResponseKind)
		if request == "" && response == "" {
			t.Errorf("%v: no requirement", r)
		}
		for kind, does := range map[httpmsg.Kind]string{httpmsg.RequestKind: request, httpmsg.ResponseKind: response} {
			level := r.Level(kind)
			words := []string{level.String()}
			switch level {
			case httpmsg.Advice:
				words = []string{"advi", "does not say"}
			case httpmsg.May:
				words = []string{"MAY", "can "}
			}
			if does != "" && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(does, w) }) {
				t.Errorf("%v of a %v: %q is no sentence for %v", r, kind, does, level)
			}
		}
		if !versioned.MatchString(r.Parsers()) {
			t.Errorf("%v: no version in %q", r, r.Parsers())
		}
	}
}

var versioned = regexp.MustCompile(`(Go 1\.26|Node 20|nginx 1\.22|Python 3\.11|curl 7\.88)`)

// TestLevels has what the RFCs say of the rules that are confused most often.
func TestLevels(t *testing.T) {
	for _, tt := range []struct {
		rule     httpmsg.Rule
		kind     httpmsg.Kind
		level    httpmsg.Level
		sentence string
	}{
		{httpmsg.LengthWithTE, httpmsg.RequestKind, httpmsg.May, "MUST close"},
		{httpmsg.NoHost, httpmsg.RequestKind, httpmsg.Must, "400"},
		{httpmsg.NameToken, httpmsg.ResponseKind, httpmsg.Advice, "does not say what a client does"},
		{httpmsg.NameToken, httpmsg.RequestKind, httpmsg.Should, "400"},
		{httpmsg.ChunkExtFormat, httpmsg.RequestKind, httpmsg.Should, "grammar"},
		{httpmsg.UnequalLengths, httpmsg.ResponseKind, httpmsg.Must, "drop the response"},
		{httpmsg.ObsFold, httpmsg.ResponseKind, httpmsg.Must, "space"},
		{httpmsg.BareLF, httpmsg.RequestKind, httpmsg.May, "LF alone"},
	} {
		if got := tt.rule.Level(tt.kind); got != tt.level || !strings.Contains(tt.rule.Requirement(tt.kind), tt.sentence) {
			t.Errorf("%v of a %v: %v, %q", tt.rule, tt.kind, got, tt.rule.Requirement(tt.kind))
		}
	}
}

// TestEveryByte puts every byte at every place of eight, in a value, a name, a
// method and a target: each place has its own class of bytes.
func TestEveryByte(t *testing.T) {
	token := func(c byte) bool {
		return c > ' ' && c < 0x7f && !strings.ContainsRune("\"(),/:;<=>?@[\\]{}", rune(c))
	}
	refused := func(in string) bool {
		m, err := httpmsg.ParseRequest([]byte(in), httpmsg.Limits{})
		return err != nil || m.Refused() != nil
	}
	for n := range 256 {
		c := byte(n)
		if c == '\n' {
			continue
		}
		for at := range 9 {
			text := strings.Repeat("a", at) + string([]byte{c}) + strings.Repeat("a", 9-at)
			if got, want := refused(get+"A: x"+text+"\r\n\r\n"), c < ' ' && c != '\t' || c == 0x7f; got != want {
				t.Errorf("%#x at %d of a value: refused %v", c, at, got)
			}
			if got, want := refused(get+text+"b: c\r\n\r\n"), !token(c); got != want && !(c == ':' && at > 0) {
				t.Errorf("%#x at %d of a name: refused %v", c, at, got)
			}
			if got, want := refused(text+" / HTTP/1.1\r\nHost: h\r\n\r\n"), !token(c); got != want {
				t.Errorf("%#x at %d of a method: refused %v", c, at, got)
			}
			if got, want := refused("GET /"+text+" HTTP/1.1\r\nHost: h\r\n\r\n"), c <= ' ' || c == 0x7f || c == '#'; got != want {
				t.Errorf("%#x at %d of a target: refused %v", c, at, got)
			}
		}
	}
}

// TestFindingsAreBounded sends as many faults as the limits let through.
func TestFindingsAreBounded(t *testing.T) {
	in := get + "A: b\r\n" + strings.Repeat(" c\r\n", 4000) + "\r\n"
	m, err := httpmsg.ParseRequest([]byte(in), httpmsg.Limits{})
	if err != nil || len(m.Findings) > 256 || m.Refused() == nil {
		t.Errorf("%d findings, %v", len(m.Findings), err)
	}
	in = te + strings.Repeat("1;a\r\nx\r\n", 4000) + "0\r\n\r\n"
	m, err = httpmsg.ParseRequest([]byte(in), httpmsg.Limits{})
	if err != nil || len(m.Findings) > 256 || len(m.Content) != 4000 {
		t.Errorf("%d findings, %v", len(m.Findings), err)
	}
}

func TestFindingJSON(t *testing.T) {
	m, _ := httpmsg.ParseRequest([]byte(get+"A : b\r\n\r\n"), httpmsg.Limits{})
	got, err := json.Marshal(m.Findings[0])
	want := `{"rule":"space-before-colon","offset":26,"end":27,"what":"whitespace between \"A\" and its colon","rfc":"RFC 9112 5.1","level":"MUST","requirement":"a server MUST answer 400","parsers":"Go 1.26, `
	if err != nil || !strings.HasPrefix(string(got), want) || !strings.HasSuffix(string(got), `"refuse":true,"status":400}`) {
		t.Errorf("%s, %v", got, err)
	}
}
