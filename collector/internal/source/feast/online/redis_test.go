package online

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/model-exporter/model_exporter/collector/config"
	ft "github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

// redisServer is a Redis that a test may write to, by keys of its own.
func redisServer(t testing.TB) (address string, client *redis.Client, project string) {
	t.Helper()
	if address = os.Getenv("MODEL_EXPORTER_REDIS"); address == "" {
		t.Skip("MODEL_EXPORTER_REDIS is not set")
	}
	options, err := redisOptions(address)
	if err != nil {
		t.Fatal(err)
	}
	client = redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return address, client, fmt.Sprintf("model_exporter_test_%d_%s", os.Getpid(), t.Name())
}

// writeServed puts what an online store has into Redis.
func writeServed(t *testing.T, client *redis.Client, project string) {
	t.Helper()
	for _, row := range served {
		key := string(serializedKey(row.driver)) + project
		t.Cleanup(func() { client.Del(context.Background(), key) })
		fields := map[string]any{"_ts:driver_hourly_stats": ft.Message(ft.Number(1, row.at.Unix()))}
		for feature, value := range row.values {
			fields[map[string]string{"conv_rate": "\x61\x60\xe3\xda", "avg_daily_trips": "\x18\xa5\xe5\xa3", "city": redisField("driver_hourly_stats", "city")}[feature]] = value
		}
		if err := client.HSet(t.Context(), key, fields).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRedis(t *testing.T) {
	address, client, project := redisServer(t)
	writeServed(t, client, project)
	wantLook(t, testView(project, &config.Online{Store: "redis", Address: address, KeyVersion: 3}))
}

// encrypted puts TLS in front of a server, and returns its address and a file with the
// authority that signed its certificate.
func encrypted(t *testing.T, server string) (address, authority string) {
	t.Helper()
	lender := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	lender.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: lender.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				s, err := net.Dial("tcp", server)
				if err != nil {
					return
				}
				defer s.Close()
				all.Go(func() { _, _ = io.Copy(s, c); s.Close() })
				_, _ = io.Copy(c, s)
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	authority = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: lender.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String(), authority
}

// TestRedisWithPassword looks up by TLS, as a user with a password. Without one of
// them there is an error, and the password is not in it.
func TestRedisWithPassword(t *testing.T) {
	address, client, project := redisServer(t)
	user := fmt.Sprintf("model_exporter_test_%d", os.Getpid())
	if err := client.Do(t.Context(), "ACL", "SETUSER", user, "on", ">s3cret", "allkeys", "+@read", "+@connection").Err(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Do(context.Background(), "ACL", "DELUSER", user) })
	writeServed(t, client, project)
	through, authority := encrypted(t, address)
	wantLook(t, testView(project, &config.Online{Store: "redis", Address: through + ",ssl=True,ssl_ca_certs=" + authority + ",username=" + user + ",password=s3cret", KeyVersion: 3}))
	none := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(none, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []struct{ name, options, want string }{
		{"password", ",ssl=true,ssl_ca_certs=" + authority + ",username=" + user + ",password=wr0ng", "WRONGPASS"},
		{"authority", ",ssl=true,username=" + user + ",password=s3cret", "certificate"},
		{"file", ",ssl=true,ssl_ca_certs=" + none, "no certificate in PEM format"},
		{"no file", ",ssl=true,ssl_ca_certs=" + none + "x", "ssl_ca_certs"},
	} {
		t.Run(wrong.name, func(t *testing.T) {
			v := testView(project, &config.Online{Store: "redis", Address: through + wrong.options, KeyVersion: 3})
			_, err := tableRows(v).Look(t.Context(), testTime)
			if err == nil || !strings.Contains(err.Error(), wrong.want) {
				t.Fatalf("%v, want an error with %q", err, wrong.want)
			}
			for _, password := range []string{"s3cret", "wr0ng"} {
				if strings.Contains(err.Error(), password) {
					t.Errorf("a password is in an error: %v", err)
				}
			}
		})
	}
}

// BenchmarkRedis looks up 1,000 entities of three features at a time, beside go-redis
// that asks for the same fields, in a pipeline of the same size, and reads nothing.
func BenchmarkRedis(b *testing.B) {
	address, client, project := redisServer(b)
	const entities = 1000
	v := testView(project, &config.Online{Store: "redis", Address: address, KeyVersion: 3})
	keys := make([][]byte, entities)
	fields := []string{"_ts:" + v.Name}
	for _, f := range v.Features {
		fields = append(fields, redisField(v.Name, f.As))
	}
	values := whole(100)
	for i := range keys {
		keys[i] = serializedKey(int64(i))
		row := map[string]any{fields[0]: ft.Message(ft.Number(1, testTime.Unix()))}
		for k, f := range v.Features {
			row[fields[1+k]] = values[f.As]
		}
		if err := client.HSet(b.Context(), string(keys[i])+project, row).Err(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { client.Del(context.Background(), string(keys[i])+project) })
	}
	var ours, plain time.Duration
	for b.Loop() {
		began := time.Now()
		all, err := lookupRedis(b.Context(), v.Online, v, keys)
		if err != nil || len(all) != entities || !all[entities-1].ok {
			b.Fatal(len(all), err)
		}
		ours += time.Since(began)
		began = time.Now()
		if _, err := client.Pipelined(b.Context(), func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.HMGet(b.Context(), string(key)+project, fields...)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		plain += time.Since(began)
	}
	b.ReportMetric(float64(entities*b.N)/ours.Seconds(), "lookups/s")
	b.ReportMetric(100*plain.Seconds()/ours.Seconds(), "%ofgo-redis")
}
