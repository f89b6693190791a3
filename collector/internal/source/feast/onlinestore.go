package feast

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
)

// setOnline says where features are served from, or why that cannot be read.
func (r *repo) setOnline(s *store, version int) {
	if version == 0 {
		version = 3 // what current versions of Feast write
	}
	o := &config.Online{KeyVersion: version}
	switch {
	case s == nil:
		r.onlineReason = "there is none"
		return
	case version < 2 || version > 3:
		r.onlineReason = fmt.Sprintf("entity keys of version %d are not read; 2 and 3 are", version)
		return
	case s.Type == "sqlite":
		path := s.Path
		if path == "" {
			path = "data/online.db"
		}
		o.Store, o.Address = "sqlite", r.local(path)
	case s.Type == "redis" && s.RedisType == "redis_cluster":
		r.onlineReason = "redis clusters are not read"
		return
	case s.Type == "redis":
		o.Store, o.Address = "redis", s.ConnectionString
		if o.Address == "" {
			o.Address = "localhost:6379"
		}
	case strings.Contains(strings.ToLower(s.Type), "postgres"):
		o.Store, o.Address = "postgres", s.postgresURL(r)
	default:
		r.onlineReason = fmt.Sprintf("online stores of type %q are not read; sqlite, postgres and redis are", s.Type)
		return
	}
	r.online = o
}

// postgresURL is the address of a PostgreSQL database.
func (s *store) postgresURL(r *repo) string {
	u := url.URL{Scheme: "postgres", Host: s.Host, Path: "/" + s.Database}
	if s.Port != "" {
		u.Host = net.JoinHostPort(s.Host, s.Port)
	}
	switch {
	case s.Password != "":
		u.User = url.UserPassword(s.User, s.Password)
	case s.User != "":
		u.User = url.User(s.User)
	}
	q := url.Values{}
	for name, value := range map[string]string{"sslmode": s.SSLMode, "search_path": s.Schema} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, path := range map[string]string{"sslrootcert": s.SSLRootCert, "sslcert": s.SSLCert, "sslkey": s.SSLKey} {
		if path != "" {
			q.Set(name, r.local(path))
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}
