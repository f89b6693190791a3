package profile

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// write replaces the file at path in one step, so that an exporter that reloads
// meanwhile reads the old baseline or the new one and never a part. A link stays
// one and leads to the new baseline; a pipe or device is written to.
func write(path string, f *baseline.File) (err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("write baseline: %s is a directory; name a file in it", path)
	case err == nil && !info.Mode().IsRegular():
		return writeInto(path, f)
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return fmt.Errorf("write baseline: %w", err)
		}
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
			err = fmt.Errorf("write baseline: %w", err)
		}
	}()
	if err := writeTo(temp, f); err != nil {
		return err
	}
	// The exporter often runs as another user; a baseline is no secret.
	if err := temp.Chmod(0o644); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// writeInto writes to what cannot be replaced.
func writeInto(path string, f *baseline.File) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		err = errors.Join(writeTo(file, f), file.Close())
	}
	if err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	return nil
}

func writeTo(file *os.File, f *baseline.File) error {
	w := bufio.NewWriter(file)
	if err := f.Write(w); err != nil {
		return err
	}
	return w.Flush()
}
