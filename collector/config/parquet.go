package config

import (
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// DefaultParquet is what a Parquet source that names only its paths means.
var DefaultParquet = Parquet{PollInterval: 30 * time.Second, S3: S3{Endpoint: "s3.amazonaws.com"}}

func parquetValue(p **Parquet) value {
	shown := DefaultParquet
	return value{shape: nested(func() block { return parquetBlock(&shown) }).shape,
		read: func(r *reader, n *yaml.Node, at string) {
			f := DefaultParquet
			b := parquetBlock(&f)
			b.check = func(r *reader, at string) { f.validate(r, at) }
			b.read(r, n, at)
			*p = &f
		}}
}

func parquetBlock(p *Parquet) block {
	return block{fields: []field{
		{"paths", list(&p.Paths, "", func(s *string) value { return checked(s, "path", checkParquetPath) }),
			"Files, globs, folders (every .parquet file in them, at any depth; names that begin with _ or . are left out), or the same as s3://bucket/key. Parts of a path such as day=2026-11-01 become columns. Of a file that is written again, rows later than the newest that was read of it count, by fields.timestamp: late ones are skipped there, so put them into files or row groups of their own. Without timestamps all its rows count again.",
			`["/data/driver_stats/", "s3://features/drivers/day=*/*.parquet"]`},
		{"key", list(&p.Key, "", name), "Columns that tell rows apart, or rows of the same fields.timestamp where that is mapped. Where fields.id is not, they are the id of a row, the timestamp included, and a repeated one is a duplicate.", "[driver_id]"},
		{"poll_interval", span(&p.PollInterval, 100*time.Millisecond, 24*time.Hour), "How often new and longer files are looked for.", "5m"},
		{"s3", nested(func() block { return s3Block(&p.S3) }), "The object storage of paths that begin with s3://.", ""},
	}}
}

func s3Block(s *S3) block {
	return block{fields: []field{
		{"endpoint", checked(&s.Endpoint, "text", checkEndpoint), "Host, with its port where that is not the usual one.", "minio.storage:9000"},
		{"region", text(&s.Region), "Needed where the storage does not tell it.", "eu-central-1"},
		{"access_key", text(&s.AccessKey), "Without it AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment count; without those the bucket is read anonymously.", "exporter"},
		{"secret_key", text(&s.SecretKey), "Belongs to access_key. Write it as ${NAME} of an environment variable, or use secret_key_file.", "secret"},
		{"secret_key_file", text(&s.SecretKeyFile), "A file that holds the secret key, instead of secret_key.", "/run/secrets/s3"},
		{"insecure", truth(&s.Insecure), "Speaks plain HTTP.", "true"},
	}}
}

func (p *Parquet) validate(r *reader, at string) {
	if len(p.Paths) == 0 && !r.given(index(join(at, "paths"), 0)) {
		r.failf(join(at, "paths"), `names no files; write a list such as ["/data/driver_stats/*.parquet"]`)
	}
	checkKey(r, join(at, "key"), p.Key)
	remote := false
	for i, path := range p.Paths {
		if strings.HasPrefix(path, "s3://") {
			remote = true
			continue
		}
		folder := strings.HasSuffix(path, "/")
		if p.Paths[i] = r.resolvePath(path); folder && !strings.HasSuffix(p.Paths[i], "/") {
			p.Paths[i] += "/"
		}
	}
	at3 := join(at, "s3")
	if r.given(at3) && !remote {
		r.failf(at3, "has no effect on local files; write a path as s3://bucket/prefix/, or remove it")
		return
	}
	p.S3.validate(r, at3)
}

func (s *S3) validate(r *reader, at string) {
	switch {
	case s.SecretKey != "" && s.SecretKeyFile != "":
		r.failf(join(at, "secret_key_file"), "secret_key is set too; remove one of them")
	case s.AccessKey != "" && s.SecretKey == "" && s.SecretKeyFile == "":
		r.failf(join(at, "access_key"), "has no secret key; add secret_key: ${S3_SECRET_KEY}, or secret_key_file")
	case s.AccessKey == "" && (s.SecretKey != "" || s.SecretKeyFile != ""):
		r.failf(at, "has a secret key only; add access_key: ${S3_ACCESS_KEY}")
	}
	if s.SecretKeyFile != "" {
		s.SecretKeyFile = r.resolvePath(s.SecretKeyFile)
	}
}

// validateParquet finds what belongs to records of text only.
func (s *Source) validateParquet(r *reader, at string) {
	for _, name := range []string{"format", "csv", "max_line_bytes"} {
		if r.given(join(at, name)) {
			r.failf(join(at, name), "has no effect on Parquet files; remove it")
		}
	}
	if s.Fields.Instances != "" {
		r.failf(join(join(at, "fields"), "instances"), "a row of a Parquet file is one event; remove it")
	}
	s.Fields.idByKey(s.Parquet.Key)
}

func checkParquetPath(s string) string {
	key, remote := strings.CutPrefix(s, "s3://")
	if !remote {
		return checkGlob(s)
	}
	bucket, key, _ := strings.Cut(key, "/")
	if bucket == "" || strings.ContainsAny(bucket, "*?[") {
		return "names no bucket; write s3://bucket/prefix/"
	}
	if _, err := filepath.Match(key, ""); err != nil {
		return `is not a glob: a "[" has no "]"; close it, or write "\\[" for the character itself`
	}
	return ""
}

func checkEndpoint(s string) string {
	switch {
	case s == "":
		return "is empty; write a host such as s3.eu-central-1.amazonaws.com"
	case strings.Contains(s, "://"):
		return "has a scheme; write only host:port, and insecure: true for plain HTTP"
	case strings.ContainsAny(s, "/?#@ "):
		return "is no host; write host, or host:port"
	}
	return ""
}

// truth is true or false.
func truth(p *bool) value {
	return value{shape: shape{kind: "true or false", types: []string{"boolean"}, initial: "false"},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, "true or false")
			switch {
			case !ok:
			case s == "true" || s == "false":
				*p = s == "true"
			default:
				r.failf(at, "%q is neither true nor false; write one of them", s)
			}
		}}
}

// isParquet tells files that --tail reads as tables.
func isParquet(glob string) bool { return strings.EqualFold(filepath.Ext(glob), ".parquet") }
