package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"onwire/internal/interop"
)

// output runs a program of others.
func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var errs bytes.Buffer
	c := exec.CommandContext(ctx, program, args...)
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", program, args, err, out, errs.String())
	}
	return string(out)
}

const lesson = "HTTP does not look into this body.\nContent-Type says what it is: 你好, мир.\n"

// TestInteropClients: curl, wget and Node talk to the notes.
func TestInteropClients(t *testing.T) {
	url := "http://" + startNotes(t, nil)
	t.Run("curl", func(t *testing.T) {
		curl := interop.Find(t, "curl", "curl")
		got := output(t, curl, "-s", "-w", "%{http_code} %{num_connects} ", url+"/media/text", url+"/chunked", "--compressed", url+"/media/gzip", "-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null")
		if got != "200 1 200 0 200 0 " {
			t.Errorf("statuses and new connections: %q", got)
		}
		for want, args := range map[string][]string{
			"401": {url + "/notes"}, "204": {"-X", "OPTIONS", url + "/"}, "301": {url + "/old"}, "200": {"-I", url + "/"},
			"413": {"-d", strings.Repeat("x", 70000), url + "/mirror"}, "415": {"-d", "x", "-H", "Content-Type: image/png", url + "/login"}, "500": {url + "/crash"},
		} {
			if got := output(t, curl, append([]string{"-s", "-o", "/dev/null", "-w", "%{http_code}"}, args...)...); got != want {
				t.Errorf("%.60q: %s, want %s", args, got, want)
			}
		}
	})
	t.Run("wget", func(t *testing.T) {
		if got := output(t, interop.Find(t, "wget", "wget"), "-q", "-O", "-", url+"/media/text"); got != lesson {
			t.Errorf("%q", got)
		}
	})
	t.Run("node", func(t *testing.T) {
		script := `const u=process.argv[1]; (async()=>{
const login=await fetch(u+'/login',{method:'POST',headers:{'Content-Type':'application/json'},body:'{"user":"alice","password":"wonderland"}'});
const token=(await login.json()).access_token;
const none=await fetch(u+'/notes'); await none.text();
const all=await fetch(u+'/notes',{headers:{Authorization:'Bearer '+token}});
console.log(login.status,none.status,all.status,(await all.json()).notes.length,await (await fetch(u+'/chunked')).text());})()`
		if got := output(t, interop.Find(t, "node", "nodejs"), "-e", script, url); !strings.HasPrefix(got, "200 401 200 2 The length of this body was not known") {
			t.Errorf("%q", got)
		}
	})
}

// TestInteropTrace: the bytes that tap shows are those of curl --trace.
func TestInteropTrace(t *testing.T) {
	curl := interop.Find(t, "curl", "curl")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	lines, _ := background(t, ctx, "tap", "--json", "--listen", "127.0.0.1:0", "--to", startNotes(t, nil))
	addr := next(t, lines, "listen")["addr"].(string)
	traced := make(chan string, 1)
	go func() {
		b, err := exec.CommandContext(t.Context(), curl, "-s", "-o", os.DevNull, "--trace", "-", "-d", "a=1&b=2", "http://"+addr+"/mirror").Output()
		if err != nil {
			b = []byte(err.Error())
		}
		traced <- string(b)
	}()
	request, response := next(t, lines, "request")["hex"], next(t, lines, "response")["hex"]
	next(t, lines, "closed")
	trace := <-traced
	interrupt()
	for lines.Scan() {
	}
	var out, in strings.Builder
	side := (*strings.Builder)(nil)
	row := regexp.MustCompile(`^[0-9a-f]{4,}: ((?:[0-9a-f]{2} ){1,16})`)
	for line := range strings.Lines(trace) {
		switch {
		case strings.HasPrefix(line, "=> Send"):
			side = &out
		case strings.HasPrefix(line, "<= Recv"):
			side = &in
		case strings.HasPrefix(line, "== "):
			side = nil
		}
		if m := row.FindStringSubmatch(line); m != nil && side != nil {
			side.WriteString(strings.ReplaceAll(m[1], " ", ""))
		}
	}
	if request != out.String() || response != in.String() || out.Len() == 0 {
		t.Errorf("tap  %v\ncurl %s\ntap  %v\ncurl %s\n%s", request, out.String(), response, in.String(), trace)
	}
}

// TestInteropNginx: get talks to nginx, kept and pipelined.
func TestInteropNginx(t *testing.T) {
	nginx := interop.Find(t, "nginx", "nginx-light")
	dir := t.TempDir()
	l := listen(t)
	addr := l.Addr().String()
	l.Close()
	conf := fmt.Sprintf("daemon off;\nmaster_process off;\npid %[1]s/pid;\nerror_log stderr;\nevents {}\nhttp {\n access_log off;\n client_body_temp_path %[1]s;\n proxy_temp_path %[1]s;\n fastcgi_temp_path %[1]s;\n uwsgi_temp_path %[1]s;\n scgi_temp_path %[1]s;\n server { listen %[2]s; root %[1]s; default_type text/plain; }\n}\n", dir, addr)
	for name, text := range map[string]string{"nginx.conf": conf, "hello": "hello, world\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	for range 500 { // until it listens
		if probe, err := net.Dial("tcp", addr); err == nil {
			probe.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, flag := range []string{"--timeout=20s", "--pipeline", "--close"} {
		code, out, errs := run(t, t.Context(), "", "get", "--json", flag, "-n", "3", "http://"+addr+"/hello")
		ok := 0
		for _, o := range objects(t, out) {
			if o["event"] == "response" && o["status"] == 200.0 && strings.HasSuffix(o["hex"].(string), hex.EncodeToString([]byte("\r\n\r\nhello, world\n"))) {
				ok++
			}
		}
		if code != 0 || ok != 3 {
			t.Errorf("%s: exit %d, %d right answers; %s", flag, code, ok, errs)
		}
	}
}
