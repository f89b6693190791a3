package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/model-exporter/model_exporter/collector/config"
)

const (
	// requestTimeout is how long one request may take, with its body.
	requestTimeout = time.Minute
	// maxBlocks is what all columns of a file may keep in memory together.
	maxBlocks = 64 << 20
)

// bucket is keys, globs and prefixes of an object storage, each after the name of
// its bucket.
type bucket struct {
	client *minio.Client
	paths  []string
}

func newBucket(cfg config.S3, paths []string) (*bucket, error) {
	client, err := Client(cfg)
	if err != nil {
		return nil, err
	}
	return &bucket{client, paths}, nil
}

// Client returns a client of an object storage.
func Client(cfg config.S3) (*minio.Client, error) {
	secret := cfg.SecretKey
	if cfg.SecretKeyFile != "" {
		b, err := os.ReadFile(cfg.SecretKeyFile)
		if err != nil {
			return nil, err
		}
		secret = strings.TrimSpace(string(b))
	}
	creds := credentials.NewEnvAWS() // anonymous if there are none
	if cfg.AccessKey != "" {
		creds = credentials.NewStaticV4(cfg.AccessKey, secret, "")
	}
	return minio.New(cfg.Endpoint, &minio.Options{Creds: creds, Secure: !cfg.Insecure, Region: cfg.Region, MaxRetries: 3})
}

func (s *bucket) list(ctx context.Context, fail func(string, error)) []object {
	var found []object
	seen := map[string]bool{}
	for _, p := range s.paths {
		name, pattern, _ := strings.Cut(p, "/")
		n, err := 0, error(nil)
		listCtx, cancel := context.WithCancel(ctx) // ends the listing's goroutine
		prefix := pattern
		if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
			prefix = pattern[:i]
		}
		for info := range s.client.ListObjects(listCtx, name, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
			if err = info.Err; err != nil {
				break
			}
			if !matchKey(pattern, info.Key) {
				continue
			}
			n++
			o := object{path: "s3://" + name + "/" + info.Key, size: info.Size, stamp: info.ETag, modified: info.LastModified, store: s}
			if !seen[o.path] {
				seen[o.path] = true
				found = append(found, o)
			}
		}
		cancel()
		switch {
		case err != nil:
			fail(p, fmt.Errorf("s3://%s: %w", p, err))
		case n == 0:
			fail(p, noMatch("s3://"+p))
		}
	}
	return found
}

// matchKey tells whether a key is what a pattern names, or lies below it.
func matchKey(pattern, key string) bool {
	pattern = strings.Trim(pattern, "/")
	if pattern == "" {
		return listed(key)
	}
	parts := strings.Split(key, "/")
	n := strings.Count(pattern, "/") + 1
	if len(parts) < n {
		return false
	}
	head := strings.Join(parts[:n], "/")
	if ok, err := path.Match(pattern, head); (err != nil || !ok) && head != pattern {
		return false
	}
	if len(parts) == n {
		return head == pattern || !hidden(parts[n-1])
	}
	return listed(strings.Join(parts[n:], "/"))
}

func (s *bucket) open(ctx context.Context, o object) (*input, object, error) {
	name, key, _ := strings.Cut(strings.TrimPrefix(o.path, "s3://"), "/")
	r := &ranges{ctx: ctx, core: minio.Core{Client: s.client}, bucket: name, key: key, etag: o.stamp, size: o.size}
	return &input{ReaderAt: r, Closer: r}, o, nil
}

// same is always true: each request names the ETag, and fails for another one.
func (s *bucket) same(*input, object) bool { return true }

func (s *bucket) block(columns int) int { return min(max(maxBlocks/columns, 64<<10), 1<<20) }

// ranges reads an object by requests for parts of it.
type ranges struct {
	ctx         context.Context
	core        minio.Core
	bucket, key string
	etag        string
	size        int64
}

func (r *ranges) ReadAt(b []byte, off int64) (int, error) {
	want := min(int64(len(b)), r.size-off)
	if want <= 0 {
		return 0, io.EOF
	}
	ctx, cancel := context.WithTimeout(r.ctx, requestTimeout)
	defer cancel()
	var opts minio.GetObjectOptions
	if err := errors.Join(opts.SetRange(off, off+want-1), opts.SetMatchETag(r.etag)); err != nil {
		return 0, err
	}
	body, _, _, err := r.core.GetObject(ctx, r.bucket, r.key, opts)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n, err := io.ReadFull(body, b[:want])
	if err != nil {
		// Not the end of the object: the connection broke.
		return n, fmt.Errorf("the storage sent %d of %d bytes: %v", n, want, err)
	}
	if int64(len(b)) > want {
		err = io.EOF
	}
	return n, err
}

func (r *ranges) Close() error { return nil }
