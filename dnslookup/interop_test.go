package dnslookup_test

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"onwire/dnslookup"
	"onwire/dnslookup/world"
	"onwire/internal/interop"

	"github.com/miekg/dns"
)

// insideNetns runs the same test again in a network of its own, where the
// world's servers can have their own addresses and port 53.
func insideNetns(t *testing.T) bool {
	t.Helper()
	if os.Getenv("ONWIRE_NETNS") == t.Name() {
		for _, args := range [][]string{{"link", "set", "lo", "up"}} {
			if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				t.Fatalf("ip %v: %v %s", args, err, out)
			}
		}
		w := lab(t)
		for _, addr := range w.Servers() {
			bits := "/32"
			args := []string{"addr", "add", addr.String() + bits, "dev", "lo"}
			if addr.Is6() {
				args = []string{"addr", "add", addr.String() + "/128", "dev", "lo", "nodad"}
			}
			if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				t.Fatalf("ip %v: %v %s", args, err, out)
			}
		}
		return true
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux's network namespaces")
	}
	interop.Find(t, "ip", "iproute2")
	flags := []string{"-n"}
	if os.Getuid() != 0 {
		flags = []string{"-r", "-n"}
	}
	unshare := interop.Find(t, "unshare", "util-linux")
	if err := exec.Command(unshare, append(flags, "true")...).Run(); err != nil {
		interop.Skip(t, "no network namespace can be made here: %v", err)
	}
	again := exec.Command(unshare, append(flags, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")...)
	again.Env = append(os.Environ(), "ONWIRE_NETNS="+t.Name())
	out, err := again.CombinedOutput()
	if err != nil {
		t.Errorf("in a network of its own: %v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
	return false
}

// start runs a daemon in the foreground until the test ends, and waits until
// it answers at 127.0.0.1:port.
func start(t *testing.T, port int, question dns.Question, name string, args ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command(name, args...)
	daemon.Stdout, daemon.Stderr = log, log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	died := make(chan error, 1)
	go func() { died <- daemon.Wait() }()
	t.Cleanup(func() {
		daemon.Process.Kill()
		<-died
		log.Close()
	})
	for range 100 {
		select {
		case err := <-died:
			died <- err
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s ended: %v\n%s", name, err, text)
		default:
		}
		if r := ask(port, question, 100*time.Millisecond); r != nil {
			return
		}
	}
	text, _ := os.ReadFile(log.Name())
	t.Fatalf("%s does not answer\n%s", name, text)
}

// ask asks 127.0.0.1:port over UDP, and over TCP what does not fit.
func ask(port int, q dns.Question, patience time.Duration) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(q.Name, q.Qtype)
	m.SetEdns0(1232, true)
	for _, network := range []string{"udp", "tcp"} {
		c := &dns.Client{Net: network, Timeout: patience}
		r, _, err := c.Exchange(m, fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			time.Sleep(min(patience, 50*time.Millisecond)) // a closed port refuses at once
			return nil
		}
		if !r.Truncated {
			return r
		}
	}
	return nil
}

// digest is what two recursors must agree on: the rcode, the answer without
// signatures, and whether it is verified.
func digest(m *dns.Msg) string {
	switch {
	case m == nil:
		return "no reply"
	case m.Rcode == dns.RcodeServerFailure:
		return "SERVFAIL" // some add how far they came
	}
	var data []string
	for _, rr := range m.Answer {
		if rr.Header().Rrtype != dns.TypeRRSIG {
			data = append(data, strings.ToLower(rr.Header().Name)+" "+dns.TypeToString[rr.Header().Rrtype]+" "+strings.TrimPrefix(rr.String(), rr.Header().String()))
		}
	}
	slices.Sort(data)
	s := dns.RcodeToString[m.Rcode] + " " + strings.Join(data, "; ")
	if m.AuthenticatedData {
		s += " AD"
	}
	return s
}

// interopNames are names of the world, with what a recursor must do.
var interopNames = []dns.Question{
	{Name: "a.example.cn.", Qtype: dns.TypeA}, {Name: "a.example.cn.", Qtype: dns.TypeAAAA},
	{Name: "www.example.cn.", Qtype: dns.TypeA}, {Name: "www.example.cn.", Qtype: dns.TypeMX}, {Name: "ftp.example.cn.", Qtype: dns.TypeA},
	{Name: "nope.example.cn.", Qtype: dns.TypeA}, {Name: "nope.", Qtype: dns.TypeA}, {Name: "gone.example.cn.", Qtype: dns.TypeA},
	{Name: "ent.example.cn.", Qtype: dns.TypeA}, {Name: "b.ent.example.cn.", Qtype: dns.TypeMX},
	{Name: "x.wild.example.cn.", Qtype: dns.TypeA}, {Name: "x.wild.example.cn.", Qtype: dns.TypeMX}, {Name: "taken.wild.example.cn.", Qtype: dns.TypeA},
	{Name: "www.old.example.cn.", Qtype: dns.TypeA}, {Name: "big.example.cn.", Qtype: dns.TypeTXT}, {Name: "example.cn.", Qtype: dns.TypeDNSKEY},
	{Name: "www.glueless.cn.", Qtype: dns.TypeA}, {Name: "www.lame.cn.", Qtype: dns.TypeA}, {Name: "www.halflame.cn.", Qtype: dns.TypeA},
	{Name: "www.plain.cn.", Qtype: dns.TypeA}, {Name: "nope.plain.cn.", Qtype: dns.TypeA}, {Name: "plain.cn.", Qtype: dns.TypeDS},
	{Name: "www.xn--xkry9kk1bz66a.cn.", Qtype: dns.TypeA},
	{Name: "www.broken.cn.", Qtype: dns.TypeA}, {Name: "ok.broken.cn.", Qtype: dns.TypeA}, {Name: "www.expired.cn.", Qtype: dns.TypeA}, {Name: "www.wrongds.cn.", Qtype: dns.TypeA},
	{Name: "www.example.org.", Qtype: dns.TypeA}, {Name: "nope.example.org.", Qtype: dns.TypeA}, {Name: "x.y.example.org.", Qtype: dns.TypeA},
	{Name: "www.example.org.", Qtype: dns.TypeMX}, {Name: "ent.example.org.", Qtype: dns.TypeA}, {Name: "x.wild.example.org.", Qtype: dns.TypeA}, {Name: "x.wild.example.org.", Qtype: dns.TypeMX},
	{Name: "www.unsigned.org.", Qtype: dns.TypeA}, {Name: "nope.org.", Qtype: dns.TypeA}, {Name: "unsigned.org.", Qtype: dns.TypeDS},
	{Name: "80.2.0.192.in-addr.arpa.", Qtype: dns.TypePTR}, {Name: "9.2.0.192.in-addr.arpa.", Qtype: dns.TypePTR},
	{Name: "cn.", Qtype: dns.TypeNS}, {Name: "cn.", Qtype: dns.TypeDS}, {Name: ".", Qtype: dns.TypeNS},
	{Name: "_dmarc.example.cn.", Qtype: dns.TypeTXT}, {Name: "_sip._tcp.example.cn.", Qtype: dns.TypeSRV}, {Name: "example.cn.", Qtype: dns.TypeCAA},
}

// everyQuestion is every name of the world's zones and one below each, asked for
// fifteen types. Where servers are silent or zones circle, recursors differ in
// their patience; those names are in interopNames if at all.
func everyQuestion(t *testing.T) []dns.Question {
	t.Helper()
	zones, paths := zoneFiles(t)
	names := map[string]bool{}
	for i, zone := range zones {
		f, err := os.Open(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		parser := dns.NewZoneParser(f, dns.Fqdn(zone), paths[i])
		for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
			owner := rr.Header().Name
			names[owner] = true
			names["x."+strings.TrimPrefix(owner, ".")] = true
		}
		if err := parser.Err(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	var questions []dns.Question
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slow := func(zone string) bool { return dns.IsSubDomain(zone, name) }; slices.ContainsFunc([]string{"lame.cn.", "halflame.cn.", "silent.cn.", "slow.cn.", "loopa.cn.", "loopb.cn."}, slow) {
			continue
		}
		for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeSOA, dns.TypeCNAME, dns.TypeMX, dns.TypeTXT, dns.TypePTR, dns.TypeSRV, dns.TypeDS, dns.TypeDNSKEY, dns.TypeCAA, dns.TypeDNAME, dns.TypeNSEC3PARAM, dns.TypeHTTPS} {
			questions = append(questions, dns.Question{Name: name, Qtype: qtype})
		}
	}
	return questions
}

// ourselves serves a recursor over the world's sockets at 127.0.0.1:5399.
func ourselves(t *testing.T, w *world.World, dial dnslookup.DialFunc) {
	t.Helper()
	r := w.Resolver(dnslookup.Iterative)
	r.Dial, r.Clock, r.Repeat, r.DNSSEC, r.Cache = dial, nil, false, true, dnslookup.NewCache(0)
	conn, err := net.ListenPacket("udp", "127.0.0.1:5399")
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:5399")
	if err != nil {
		t.Fatal(err)
	}
	recursor := &dnslookup.Recursor{Resolver: r}
	go recursor.ServeUDP(t.Context(), conn)
	go recursor.ServeTCP(t.Context(), ln)
}

// TestInteropRecursors: BIND and Unbound, as validating recursors over the
// world's servers on real sockets, agree with our own.
func TestInteropRecursors(t *testing.T) {
	bind, unbound := interop.Find(t, "named", "bind9"), interop.Find(t, "unbound", "unbound")
	if !insideNetns(t) {
		return
	}
	w := lab(t)
	dial, err := w.Listen(t.Context(), func(server netip.Addr) netip.AddrPort { return netip.AddrPortFrom(server, 53) })
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	anchor := w.Anchors()[0]
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	hints := write("hints", ". 3600000 NS a.root.\na.root. 3600000 A 198.51.100.1\n")
	words := strings.Fields(anchor) // . 3600 IN DS tag algorithm digest-type digest
	named := write("named.conf", fmt.Sprintf(`options {
	directory %q; listen-on port 5301 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
	recursion yes; allow-query { any; }; empty-zones-enable no; dnssec-validation yes; minimal-responses no; managed-keys-directory %q;
};
trust-anchors { "." static-ds %s %s %s %q; };
controls { };
zone "." { type hint; file %q; };
`, dir, dir, words[4], words[5], words[6], words[7], hints))
	conf := write("unbound.conf", fmt.Sprintf(`server:
	directory: %q
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	do-daemonize: no
	interface: 127.0.0.1@5302
	do-not-query-localhost: no
	root-hints: %q
	trust-anchor: %q
	local-zone: "2.0.192.in-addr.arpa." nodefault
	local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault
	module-config: "validator iterator"
remote-control:
	control-enable: no
`, dir, hints, anchor))
	probe := dns.Question{Name: ".", Qtype: dns.TypeNS}
	start(t, 5301, probe, bind, "-g", "-n", "1", "-c", named)
	start(t, 5302, probe, unbound, "-d", "-p", "-c", conf)
	ourselves(t, w, dial)
	for _, q := range append(everyQuestion(t), interopNames...) {
		ours := digest(ask(5399, q, 10*time.Second))
		for port, name := range map[int]string{5301: "BIND", 5302: "Unbound"} {
			if name == "Unbound" && (q.Name == "x.gone.example.cn." || q.Name == "x.old.example.cn." && q.Qtype == dns.TypeCNAME) {
				continue // it answers with an alias above the name, and fails below a DNAME; BIND does as we do
			}
			if theirs := digest(ask(port, q, 10*time.Second)); theirs != ours {
				t.Errorf("%s %s: we say %q, %s says %q", q.Name, dns.TypeToString[q.Qtype], ours, name, theirs)
			}
		}
	}
}

// zoneFiles lists the world's zones that a server of its own can load.
func zoneFiles(t *testing.T) (names, paths []string) {
	t.Helper()
	files, err := filepath.Glob("world/zones/*.zone")
	if err != nil || len(files) == 0 {
		t.Fatalf("no zones: %v", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".zone")
		if name == "root" {
			name = "."
		}
		path, err := filepath.Abs(f)
		if err != nil {
			t.Fatal(err)
		}
		names, paths = append(names, name), append(paths, path)
	}
	return names, paths
}

// testServers walks over servers that another program runs, with the world's
// own zone files, and expects what the world's servers say.
func testServers(t *testing.T) {
	t.Helper()
	for _, q := range interopNames {
		switch q.Qtype {
		case dns.TypeDS, dns.TypeDNSKEY:
			continue // these servers do not sign
		}
		if strings.HasSuffix(q.Name, "lame.cn.") {
			continue // all addresses are served here
		}
		if q.Name == "www.broken.cn." {
			continue // and nobody changes anything on the way
		}
		want := sorted(lab(t).Resolver(dnslookup.Iterative), t, q)
		r := lab(t).Resolver(dnslookup.Iterative)
		r.Dial, r.Clock, r.Repeat = (&net.Dialer{}).DialContext, nil, false
		if got := sorted(r, t, q); got != want {
			t.Errorf("%s %s: %q, want %q", q.Name, dns.TypeToString[q.Qtype], got, want)
		}
	}
}

// refusing is the zone that the servers of another program do not give away.
const refusing = "example.org"

// testTransfers fetches each zone from servers that another program runs, and
// expects every record of the zone's file.
func testTransfers(t *testing.T) {
	t.Helper()
	names, paths := zoneFiles(t)
	r := &dnslookup.Resolver{Dial: (&net.Dialer{}).DialContext, Servers: []dnslookup.Server{{Addr: netip.MustParseAddrPort("127.0.0.1:53")}}}
	for i, name := range names {
		records, _, err := transferred(t, r, name)
		if name == refusing {
			if !errors.Is(err, dnslookup.ErrServer) {
				t.Errorf("%s was to be refused: %d records, %v", name, len(records), err)
			}
			continue
		}
		text, bad := os.ReadFile(paths[i])
		if bad != nil {
			t.Fatal(bad)
		}
		want := map[string]int{}
		parser := dns.NewZoneParser(strings.NewReader(string(text)), dns.Fqdn(name), "")
		for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
			want[dns.TypeToString[rr.Header().Rrtype]]++
		}
		want["SOA"]++
		got := map[string]int{}
		for _, rr := range records {
			got[rr.Type.String()]++
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v (%v)", name, got, want, err)
		}
	}
}

// TestInteropTransfer: dig reads the zones that the lab's servers give, signed
// ones in several messages too.
func TestInteropTransfer(t *testing.T) {
	dig := interop.Find(t, "dig", "bind9-dnsutils")
	zone := ";; servers: 198.51.100.9\n;; sign: nsec3\n;; transfer: yes\n@ IN NS ns\nns IN A 198.51.100.9\n"
	for i := range 300 {
		zone += fmt.Sprintf("n%d IN TXT %q\n", i, strings.Repeat("x", 100))
	}
	w := small(t, map[string]string{"root": smallRoot, "test": zone})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.Serve(t.Context(), netip.MustParseAddr("198.51.100.9"), ln, conn)
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	// SOA at both ends, TXT, NS, A, DNSKEY, NSEC3PARAM and NSEC3, and the
	// signatures of the former and of NSEC3.
	for name, want := range map[string]string{"test": fmt.Sprintf(";; XFR size: %d records (messages ", 2+300+1+1+2+1+302+305+302), ".": "; Transfer failed."} {
		out, _ := exec.Command(dig, "@127.0.0.1", "-p", port, name, "AXFR").CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: %.600s", name, out)
		}
	}
}

// sorted is what found says, in order: servers rotate their answers.
func sorted(r *dnslookup.Resolver, t *testing.T, q dns.Question) string {
	res, err := r.Lookup(t.Context(), q.Name, dnslookup.Type(q.Qtype))
	slices.SortFunc(res.Records, func(a, b dnslookup.Record) int { return strings.Compare(a.Data, b.Data) })
	return found(res, err)
}

// TestInteropNSD walks over NSD.
func TestInteropNSD(t *testing.T) {
	nsd := interop.Find(t, "nsd", "nsd")
	if !insideNetns(t) {
		return
	}
	dir := t.TempDir()
	conf := fmt.Sprintf("server:\n  server-count: 1\n  username: \"\"\n  chroot: \"\"\n  zonesdir: %q\n  pidfile: \"\"\n  database: \"\"\n  xfrdfile: %q\n  zonelistfile: %q\n  xfrdir: %q\n  rrl-ratelimit: 0\n  ip-address: 127.0.0.1\n",
		dir, dir+"/xfrd.state", dir+"/zone.list", dir)
	for _, addr := range lab(t).Servers() {
		conf += "  ip-address: " + addr.String() + "\n"
	}
	conf += "remote-control:\n  control-enable: no\n"
	names, paths := zoneFiles(t)
	for i, name := range names {
		conf += fmt.Sprintf("zone:\n  name: %q\n  zonefile: %q\n", name, paths[i])
		if name != refusing {
			conf += "  provide-xfr: 0.0.0.0/0 NOKEY\n"
		}
	}
	file := filepath.Join(dir, "nsd.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, 53, dns.Question{Name: "a.example.cn.", Qtype: dns.TypeA}, nsd, "-d", "-c", file)
	testServers(t)
	testTransfers(t)
}

// TestInteropKnot walks over Knot DNS.
func TestInteropKnot(t *testing.T) {
	knot := interop.Find(t, "knotd", "knot")
	if !insideNetns(t) {
		return
	}
	dir := t.TempDir()
	conf := fmt.Sprintf("server:\n  rundir: %q\n  pidfile: %q\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n  listen: [ 127.0.0.1@53", dir, dir+"/knot.pid")
	for _, addr := range lab(t).Servers() {
		conf += ", " + addr.String() + "@53"
	}
	conf += fmt.Sprintf(" ]\nacl:\n  - id: all\n    address: 0.0.0.0/0\n    action: transfer\ndatabase:\n  storage: %q\nlog:\n  - target: stderr\n    any: warning\nzone:\n", dir)
	names, paths := zoneFiles(t)
	for i, name := range names {
		conf += fmt.Sprintf("  - domain: %q\n    file: %q\n    zonefile-sync: -1\n    journal-content: none\n", name, paths[i])
		if name != refusing {
			conf += "    acl: all\n"
		}
	}
	file := filepath.Join(dir, "knot.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, 53, dns.Question{Name: "a.example.cn.", Qtype: dns.TypeA}, knot, "-c", file)
	testServers(t)
	testTransfers(t)
}
