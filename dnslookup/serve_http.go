package dnslookup

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/netip"
)

// ServeHTTP answers DNS over HTTPS (RFC 8484): a POST with the query as its
// body, or a GET with ?dns= in base64url.
func (s *Recursor) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var query []byte
	var err error
	switch req.Method {
	case http.MethodPost:
		query, err = io.ReadAll(http.MaxBytesReader(w, req.Body, maxQuery))
	case http.MethodGet:
		query, err = base64.RawURLEncoding.DecodeString(req.URL.Query().Get("dns"))
	default:
		http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
		return
	}
	if err != nil || len(query) == 0 {
		http.Error(w, "no DNS query", http.StatusBadRequest)
		return
	}
	client, _ := netip.ParseAddrPort(req.RemoteAddr)
	in := s.receive(query, client, HTTPS)
	if in == nil {
		http.Error(w, "not a DNS query", http.StatusBadRequest)
		return
	}
	if !s.recall(in) {
		s.find(req.Context(), in)
	}
	w.Header().Set("Content-Type", "application/dns-message")
	w.Write(in.pack())
	s.report(in)
}
