package httpmsg

import "strings"

// Resolve returns the URL that ref is, seen from u, by RFC 3986 5.2.2: what a
// browser makes of a link, and a client of Location.
func (u URL) Resolve(ref URL) string {
	var b strings.Builder
	scheme, authority, from := ref.Scheme, ref.Authority, ref
	if !ref.Scheme.Present {
		scheme = u.Scheme
		if !ref.Authority.Present {
			authority, from = u.Authority, u
		}
	}
	if scheme.Present {
		if ref.Scheme.Present {
			b.WriteString(ref.Text(scheme) + ":")
		} else {
			b.WriteString(u.Text(scheme) + ":")
		}
	}
	if ref.Scheme.Present {
		authority, from = ref.Authority, ref
	}
	if authority.Present {
		b.WriteString("//" + from.Text(authority))
	}
	query := ref
	path := ref.Text(ref.Path)
	switch {
	case ref.Scheme.Present || ref.Authority.Present || strings.HasPrefix(path, "/"):
		path = RemoveDots(path)
	case path == "":
		path = u.Text(u.Path)
		if !ref.Query.Present {
			query = u
		}
	default:
		path = RemoveDots(u.merge(path))
	}
	if !authority.Present && strings.HasPrefix(path, "//") {
		b.WriteString("/.") // else the path would become an authority
	}
	b.WriteString(path)
	if query.Query.Present {
		b.WriteString("?" + query.Text(query.Query))
	}
	if ref.Fragment.Present {
		b.WriteString("#" + ref.Text(ref.Fragment))
	}
	return b.String()
}

// merge puts a relative path in place of what follows the last slash of u's
// (RFC 3986 5.2.3).
func (u URL) merge(path string) string {
	base := u.Text(u.Path)
	if u.Authority.Present && base == "" {
		return "/" + path
	}
	return base[:strings.LastIndexByte(base, '/')+1] + path
}

// RemoveDots takes "." and ".." out of a path (RFC 3986 5.2.4).
func RemoveDots(path string) string {
	var out []string
	rooted := strings.HasPrefix(path, "/")
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, s)
			continue
		}
		if last { // a directory: its slash stays
			out = append(out, "")
		}
	}
	joined := strings.Join(out, "/")
	if rooted {
		return "/" + joined
	}
	return joined
}
