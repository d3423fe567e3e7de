package httpmsg_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"onwire/httpmsg"
	"onwire/wire"

	"golang.org/x/net/idna"
)

// toASCII is the IDNA of browsers: UTS #46, not transitional.
func toASCII(s string) (string, error) {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.BidiRule()).ToASCII(s)
}

// parts writes a URL as its parts, "-" for one that is not there.
func parts(u httpmsg.URL) string {
	s := []string{}
	for _, p := range []httpmsg.Part{u.Scheme, u.User, u.Host, u.Port, u.Path, u.Query, u.Fragment} {
		if p.Present {
			s = append(s, "["+u.Text(p)+"]")
		} else {
			s = append(s, "-")
		}
	}
	return strings.Join(s, " ")
}

func TestURL(t *testing.T) {
	for _, tt := range []struct{ in, want, err string }{
		{"http://www.baidu.com:8080/a/b?param1=val1&param2=val2#id", "[http] - [www.baidu.com] [8080] [/a/b] [param1=val1&param2=val2] [id]", ""},
		{"bilibili.com/video/BVxxxx", "- - - - [bilibili.com/video/BVxxxx] - -", ""},
		{"http://h:0/", "[http] - [h] [0] [/] - -", ""},
		{"http://h:65535/", "[http] - [h] [65535] [/] - -", ""},
		{"http://h:99999/", "[http] - [h] [99999] [/] - -", ""},
		{"http://h:/", "[http] - [h] [] [/] - -", ""},
		{"http://user:pw@h:80/p", "[http] [user:pw] [h] [80] [/p] - -", ""},
		{"http://[::1]:80/", "[http] - [[::1]] [80] [/] - -", ""},
		{"http://h/a%2Fb?q=a%20b+c", "[http] - [h] - [/a%2Fb] [q=a%20b+c] -", ""},
		{"http://h#f?x", "[http] - [h] - [] - [f?x]", ""},
		{"http://h?", "[http] - [h] - [] [] -", ""},
		{"mailto:a@b", "[mailto] - - - [a@b] - -", ""},
		{"//h/p", "- - [h] - [/p] - -", ""},
		{"urn:isbn:0", "[urn] - - - [isbn:0] - -", ""},
		{"", "- - - - [] - -", ""},
		{`http://h\@evil/`, `[http] [h\] [evil] - [/] - -`, `byte 8: the userinfo has 0x5c (\)`},
		{"http://你好.cn/路", "[http] - [你好.cn] - [/路] - -", `byte 7: the host has "你"`},
		{"http://h/a b", "[http] - [h] - [/a b] - -", "byte 10: the path has 0x20 (SP)"},
		{"http://h/%zz", "[http] - [h] - [/%zz] - -", "byte 9: a % in the path"},
		{"http://h:8o/", "[http] - [h] [8o] [/] - -", "byte 10: the port \"8o\" has 'o'"},
		{"http://[::g]/", "[http] - [[::g]] - [/] - -", "byte 7: the host"},
		{":a", "- - - - [:a] - -", "byte 0: there is no scheme"},
		{"1http://h/", "[1http] - [h] - [/] - -", "byte 0: \"1http\" is not a scheme"},
		{"http://[v1.a:b]/", "[http] - [[v1.a:b]] - [/] - -", ""},
		{"http://[v1.<>]/", "[http] - [[v1.<>]] - [/] - -", "byte 7: the host"},
		{"http://[vz]/", "[http] - [[vz]] - [/] - -", "byte 7: the host"},
		{"http://[v1.]/", "[http] - [[v1.]] - [/] - -", "byte 7: the host"},
		{"http://[fe80::1%eth0]/", "[http] - [[fe80::1%eth0]] - [/] - -", "byte 7: the host"},
		{"http://[fe80::1%25a b]/", "[http] - [[fe80::1%25a b]] - [/] - -", "byte 7: the host"},
		{"http://[fe80::1%25]/", "[http] - [[fe80::1%25]] - [/] - -", "byte 7: the host"},
		{"http://[fe80::1%25eth0]/x", "[http] - [[fe80::1%25eth0]] - [/x] - -", ""},
	} {
		u, err := httpmsg.ParseURL(tt.in)
		if got := parts(u); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.in, got, tt.want)
		}
		if (err == nil) != (tt.err == "") || err != nil && (!strings.HasPrefix(err.Error(), tt.err) || !errors.Is(err, httpmsg.ErrURL)) {
			t.Errorf("%s: %v, want %s", tt.in, err, tt.err)
		}
		if err := wire.Check(u.Fields(), 8*len(tt.in)); err != nil {
			t.Errorf("%s: %v", tt.in, err)
		}
	}
}

func TestURLIsSent(t *testing.T) {
	for _, tt := range []struct{ in, target, host string }{
		{"http://h#top", "/", "h"},
		{"http://h:80/a?b#c", "/a?b", "h"},
		{"http://h:8080?b", "/?b", "h:8080"},
		{"https://h:80/", "/", "h:80"},
		{"https://h:443/", "/", "h"},
		{"http://u:p@[::1]:8080/?", "/?", "[::1]:8080"},
		{"http://[fe80::1%25eth0]:8080/", "/", "[fe80::1]:8080"},
	} {
		u, err := httpmsg.ParseURL(tt.in)
		if err != nil || u.Target() != tt.target || u.HostField() != tt.host {
			t.Errorf("%s: %q, %q, %v", tt.in, u.Target(), u.HostField(), err)
		}
	}
}

func TestRemarks(t *testing.T) {
	for _, tt := range []struct{ in, want string }{ // want is in the remarks, one after another
		{"http://h/", ""},
		{"http://h/#top", "never sent"},
		{"bilibili.com/video", `"bilibili.com" is the start of a path`},
		{"localhost:8080/x", `the scheme, here "localhost"`},
		{"8080/x", `"8080" is the start of a path`},
		{"http://user:pw@h/", `the host is "h"`},
		{"http://h:0/", "port 0 is reserved"},
		{"http://h:65536/", "16 bits hold 0 to 65535"},
		{"http://h:80/", "80 is the port of http anyway"},
		{"http://h:/", "an empty port"},
		{"HTTP://H/", "a scheme is the same in any case|a host is the same in any case"},
		{"http://127.1/", "as the address 127.0.0.1"},
		{"http:///p", "there is no host"},
		{"http://h/a%2fb", "%2f is not the slash that parts"},
		{"http://h/a/../b", `"/b"`},
		{`http://h/a\b`, "backslash"},
		{"http://h/?param1=1¶m2=2", `"¶m2" was "&param2"`},
		{"http://h/?a=1&copy=2", `"&copy" becomes ©`},
		{"http://h/?param1=1&param2=2", `"&para" becomes ¶`},
		{"http://h/?a=1%C2%A7ion=2", `"%C2%A7ion" was "&section"`},
		{"http://h/?a=1&lte=3", `"&lt" becomes <`},
		{"http://h/?a=1&amp;b=2", `a parameter whose name begins with "amp;"`},
		{"http://h/?q=Straße", ""},
		{"http://h/?ß=1&price=£5", ""},
		{"http://[fe80::1%25eth0]/", "is not sent"},
	} {
		u, _ := httpmsg.ParseURL(tt.in)
		remarks := u.Remarks()
		want := strings.Split(tt.want, "|")
		if tt.want == "" {
			want = nil
		}
		if len(remarks) != len(want) {
			t.Errorf("%s: %v", tt.in, remarks)
			continue
		}
		for i, r := range remarks {
			if !strings.Contains(r.Text.String(), want[i]) || r.RFC == "" || r.Start > r.End || r.End > len(tt.in) {
				t.Errorf("%s: %v, want %s", tt.in, r, want[i])
			}
		}
	}
	if s, eaten := httpmsg.MangledByHTML("a=1¶m2=2"); s != "a=1&param2=2" || !eaten {
		t.Errorf("%q", s)
	}
	if s, _ := httpmsg.MangledByHTML("q=Straße&a=1¶m2=2©=3§ion=4&x"); s != "q=Straße&a=1&param2=2&copy=3&section=4&x" {
		t.Errorf("%q", s)
	}
	if _, eaten := httpmsg.MangledByHTML("a=1&param2=2"); eaten {
		t.Error("nothing was eaten")
	}
}

// TestResolve has the examples of RFC 3986 5.4, and a few more.
func TestResolve(t *testing.T) {
	base, _ := httpmsg.ParseURL("http://a/b/c/d;p?q")
	for ref, want := range map[string]string{
		"g:h": "g:h", "g": "http://a/b/c/g", "./g": "http://a/b/c/g", "g/": "http://a/b/c/g/",
		"/g": "http://a/g", "//g": "http://g", "?y": "http://a/b/c/d;p?y", "g?y": "http://a/b/c/g?y",
		"#s": "http://a/b/c/d;p?q#s", "g#s": "http://a/b/c/g#s", "g?y#s": "http://a/b/c/g?y#s",
		";x": "http://a/b/c/;x", "g;x": "http://a/b/c/g;x", "g;x?y#s": "http://a/b/c/g;x?y#s",
		"": "http://a/b/c/d;p?q", ".": "http://a/b/c/", "./": "http://a/b/c/", "..": "http://a/b/",
		"../": "http://a/b/", "../g": "http://a/b/g", "../..": "http://a/", "../../": "http://a/",
		"../../g": "http://a/g", "../../../g": "http://a/g", "../../../../g": "http://a/g",
		"/./g": "http://a/g", "/../g": "http://a/g", "g.": "http://a/b/c/g.", ".g": "http://a/b/c/.g",
		"g..": "http://a/b/c/g..", "..g": "http://a/b/c/..g", "./../g": "http://a/b/g",
		"./g/.": "http://a/b/c/g/", "g/./h": "http://a/b/c/g/h", "g/../h": "http://a/b/c/h",
		"g;x=1/./y": "http://a/b/c/g;x=1/y", "g;x=1/../y": "http://a/b/c/y",
		"g?y/./x": "http://a/b/c/g?y/./x", "g?y/../x": "http://a/b/c/g?y/../x",
		"g#s/./x": "http://a/b/c/g#s/./x", "g#s/../x": "http://a/b/c/g#s/../x", "http:g": "http:g",
	} {
		r, _ := httpmsg.ParseURL(ref)
		if got := base.Resolve(r); got != want {
			t.Errorf("%q: %q, want %q", ref, got, want)
		}
	}
	empty, _ := httpmsg.ParseURL("http://h")
	g, _ := httpmsg.ParseURL("g")
	if got := empty.Resolve(g); got != "http://h/g" {
		t.Error(got)
	}
	opaque, _ := httpmsg.ParseURL("x:/a")
	dots, _ := httpmsg.ParseURL("/.//evil/p")
	if got := opaque.Resolve(dots); got != "x:/.//evil/p" {
		t.Error(got)
	}
}

func TestQueryPairs(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"a=1&b=2", `0-3 "a"="1" 4-7 "b"="2"`},
		{"a", `0-1 "a"`},
		{"a=", `0-2 "a"=""`},
		{"=b", `0-2 ""="b"`},
		{"&&a&", `2-3 "a"`},
		{"q=a%20b+c", `0-9 "q"="a b c"`},
		{"q=a=b", `0-5 "q"="a=b"`},
		{"q=%zz%4", `0-7 "q"="%zz%4"`},
		{"q=%ff", `0-5 "q"="` + "\uFFFD" + `"`},
		{"a;b=c", `0-5 "a;b"="c"`},
	} {
		var got []string
		for _, p := range httpmsg.QueryPairs(tt.in) {
			s := fmt.Sprintf("%d-%d %q", p.Start, p.End, p.Name)
			if p.HasValue {
				s += fmt.Sprintf("=%q", p.Value)
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, s, tt.want)
		}
	}
}

func TestEncode(t *testing.T) {
	const s = "a b/?#&=+%é:@~*"
	for in, want := range map[httpmsg.Component]string{
		httpmsg.PathSegment:       "a%20b%2F%3F%23&=+%25%C3%A9:@~*",
		httpmsg.PathComponent:     "a%20b/%3F%23&=+%25%C3%A9:@~*",
		httpmsg.QueryComponent:    "a%20b/?%23&=+%25%C3%A9:@~*",
		httpmsg.FragmentComponent: "a%20b/?%23&=+%25%C3%A9:@~*",
		httpmsg.FormComponent:     "a+b%2F%3F%23%26%3D%2B%25%C3%A9%3A%40%7E*",
		httpmsg.UserComponent:     "a%20b%2F%3F%23&=+%25%C3%A9%3A%40~*",
		httpmsg.HostComponent:     "a%20b%2F%3F%23&=+%25%C3%A9%3A%40~*",
	} {
		got := httpmsg.Encode(s, in)
		if got != want {
			t.Errorf("component %d: %q, want %q", in, got, want)
		}
		back, err := httpmsg.Decode(got)
		if in == httpmsg.FormComponent {
			back = httpmsg.FormDecode(got)
		}
		if back != s || err != nil {
			t.Errorf("component %d: %q came back, %v", in, back, err)
		}
	}
	for in, at := range map[string]int64{"%": 0, "a%2": 1, "%41%g0": 3} {
		_, err := httpmsg.Decode(in)
		var ours *httpmsg.Error
		if !errors.As(err, &ours) || ours.Offset != at {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// FuzzURL holds that the parts of a URL cover it, that decoding what was
// encoded gives it back, and that what WHATWG writes it reads as the same.
func FuzzURL(f *testing.F) {
	for _, tt := range webURLs {
		f.Add(tt)
	}
	for _, s := range []string{"\x1e://:A", "http://h:9\x1b[31m/", "http://h:99999\x1b[31m/", "http://h/?a=1¶\x1b[31m=2", "http://[v1.\x1b]/"} {
		f.Add(s) // texts about them go to a terminal
	}
	f.Add("\xfa%2f") // the byte is longer in lower case
	f.Fuzz(func(t *testing.T, s string) {
		c := httpmsg.Compare(s, toASCII)
		if err := wire.Check(c.RFC.Fields(), 8*len(s)); err != nil {
			t.Fatal(err)
		}
		for _, r := range append(c.RFC.Remarks(), c.Web.Repairs...) {
			if r.Start < 0 || r.Start > r.End || r.End > len(s) || r.Text.IsZero() {
				t.Fatalf("remark %v", r)
			}
			plain(t, r.Text.String())
		}
		var ours *httpmsg.Error
		for _, err := range []error{c.RFCErr, c.WebErr} {
			if err != nil {
				plain(t, err.Error())
			}
			if err != nil && (!errors.As(err, &ours) || ours.Offset < 0 || ours.Offset > int64(len(s))) {
				t.Fatalf("%v", err)
			}
		}
		if back, err := httpmsg.Decode(httpmsg.Encode(s, httpmsg.PathSegment)); back != s || err != nil {
			t.Fatalf("%q, %v", back, err)
		}
		if c.RFCErr == nil {
			base, _ := httpmsg.ParseURL("http://a/b/c/d;p?q")
			if r, err := httpmsg.ParseURL(base.Resolve(c.RFC)); err != nil || !r.Scheme.Present {
				t.Fatalf("%q resolves to %q, %v", s, base.Resolve(c.RFC), err)
			}
		}
		if c.WebErr != nil {
			return
		}
		again, err := httpmsg.ParseWeb(c.Web.Href(), toASCII)
		if err != nil || again.Href() != c.Web.Href() {
			t.Fatalf("%q: %q, then %q, %v", s, c.Web.Href(), again.Href(), err)
		}
	})
}
