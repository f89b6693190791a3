package feast

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/source/parquet"
)

// maxRegistry bounds a registry: ten thousand views have a few megabytes.
const maxRegistry = 128 << 20

// load reads the registry of a repository.
func (r *repo) load(ctx context.Context, s3 config.S3) (*registry, error) {
	if r.sql {
		return r.loadSQL(ctx)
	}
	data, err := r.fetch(ctx, s3)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	found, err := parseRegistry(data)
	if err != nil {
		return nil, fmt.Errorf("registry %s: %w", r.registry, err)
	}
	return found, nil
}

func (r *repo) fetch(ctx context.Context, s3 config.S3) ([]byte, error) {
	key, remote := strings.CutPrefix(r.registry, "s3://")
	if !remote {
		f, err := os.Open(r.registry)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readBounded(f)
	}
	client, err := parquet.Client(s3)
	if err != nil {
		return nil, err
	}
	bucket, key, _ := strings.Cut(key, "/")
	o, err := client.GetObject(ctx, bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer o.Close()
	data, err := readBounded(o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.registry, err)
	}
	return data, nil
}

func readBounded(from io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxRegistry+1))
	if err == nil && len(data) > maxRegistry {
		err = errors.New("is larger than 128 MiB")
	}
	return data, err
}
