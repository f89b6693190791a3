package online

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// The library would write of its own about connections that fail.
func init() { redis.SetLogger(noLog{}) }

type noLog struct{}

func (noLog) Printf(context.Context, string, ...any) {}

// lookupRedis reads hashes: one per entity, whose key ends with the project. Each
// has a field per feature, and one with the event time of each view.
func lookupRedis(ctx context.Context, o *config.Online, v *config.View, keys [][]byte) ([]found, error) {
	options, err := redisOptions(o.Address)
	if err != nil {
		return nil, err
	}
	client := redis.NewClient(options)
	defer client.Close()
	fields := []string{"_ts:" + v.Name}
	for _, f := range v.Features {
		fields = append(fields, redisField(v.Name, f.As))
	}
	replies := make([]*redis.SliceCmd, len(keys))
	_, err = client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			replies[i] = p.HMGet(ctx, string(key)+v.Project, fields...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]found, len(keys))
	for i, reply := range replies {
		if all[i], err = redisRow(reply.Val(), v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func redisRow(reply []any, v *config.View) (f found, err error) {
	if len(reply) != 1+len(v.Features) {
		return f, fmt.Errorf("%d values for %d fields", len(reply), 1+len(v.Features))
	}
	f.time, f.values = event.NoTime, map[string][]byte{}
	if stamp, ok := reply[0].(string); ok {
		f.ok = true
		if f.time, err = timestamp([]byte(stamp)); err != nil {
			return f, fmt.Errorf("event time of view %q: %w", v.Name, err)
		}
	}
	for i, c := range v.Features {
		if text, ok := reply[1+i].(string); ok {
			f.values[c.As] = []byte(text)
		}
	}
	return f, nil
}

// timestamp reads a google.protobuf.Timestamp.
func timestamp(b []byte) (int64, error) {
	var s, nanos int64
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, protowire.ParseError(n)
		}
		size := protowire.ConsumeFieldValue(num, typ, b[n:])
		if size < 0 {
			return 0, protowire.ParseError(size)
		}
		if typ == protowire.VarintType {
			x, _ := protowire.ConsumeVarint(b[n:])
			switch num {
			case 1:
				s = int64(x)
			case 2:
				nanos = int64(int32(x))
			}
		}
		b = b[n+size:]
	}
	if s < -9e9 || s > 9e9 || nanos < 0 || nanos > 999_999_999 { // what Unix nanoseconds hold
		return event.NoTime, nil
	}
	return time.Unix(s, nanos).UnixNano(), nil
}

// redisOptions reads host:port,name=value,… as Feast writes connections.
func redisOptions(address string) (*redis.Options, error) {
	o := &redis.Options{MaxRetries: 1, DialTimeout: 5 * time.Second, Protocol: 2, DisableIdentity: true}
	encrypted, authorities := false, ""
	for part := range strings.SplitSeq(address, ",") {
		name, value, isOption := strings.Cut(part, "=")
		var err error
		switch {
		case !isOption:
			o.Addr = part
		case name == "db":
			o.DB, err = strconv.Atoi(value)
		case name == "password":
			o.Password = value
		case name == "username":
			o.Username = value
		case name == "ssl":
			encrypted = strings.EqualFold(value, "true")
		case name == "ssl_ca_certs":
			authorities = value
		}
		if err != nil {
			return nil, fmt.Errorf("connection_string: %q is no number", part)
		}
	}
	if o.Addr == "" {
		return nil, errors.New("connection_string names no host")
	}
	if encrypted {
		var err error
		o.TLSConfig, err = redisTLS(authorities)
		return o, err
	}
	return o, nil
}

// redisTLS trusts the authorities in a file of certificates, or the system's.
func redisTLS(file string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if file == "" {
		return t, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ssl_ca_certs: %w", err)
	}
	if t.RootCAs = x509.NewCertPool(); !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ssl_ca_certs: there is no certificate in PEM format in %s", file)
	}
	return t, nil
}
