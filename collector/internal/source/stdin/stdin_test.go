package stdin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

func open(t *testing.T, r io.Reader) *Source {
	t.Helper()
	cfg := config.Source{Name: "in", Stdin: true, Format: config.JSON, MaxLineBytes: 4096}
	set, err := decode.New(cfg, config.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return New(cfg, set, r, "stdin")
}

func line(id string) string { return fmt.Sprintf(`{"id":%q,"prediction":1}`+"\n", id) }

// readAll returns the ids of the events, the rejections and what ended them.
func readAll(ctx context.Context, s *Source) (ids []string, rejected uint64, at string, err error) {
	var b event.Batch
	for {
		p, err := s.Next(ctx, &b)
		if err != nil {
			return ids, rejected, at, err
		}
		at = p.At
		for i := range b.N {
			ids = append(ids, string(b.ID(i)))
		}
		for _, n := range b.Rejected {
			rejected += n
		}
	}
}

func TestReadsToTheEnd(t *testing.T) {
	var many strings.Builder
	var ids []string
	for i := range 20_000 {
		ids = append(ids, fmt.Sprint(i))
		many.WriteString(line(ids[i]))
	}
	broken := errors.New("broken pipe")
	tests := []struct {
		name     string
		r        io.Reader
		ids      []string
		rejected uint64
		err      error
	}{
		{"empty", strings.NewReader(""), nil, 0, io.EOF},
		{"several blocks", strings.NewReader(many.String()), ids, 0, io.EOF},
		{"byte by byte", iotest.OneByteReader(strings.NewReader(line("a") + line("b"))), []string{"a", "b"}, 0, io.EOF},
		{"end with the data", iotest.DataErrReader(strings.NewReader(line("a"))), []string{"a"}, 0, io.EOF},
		{"no newline at the end", strings.NewReader(line("a") + strings.TrimSpace(line("b"))), []string{"a", "b"}, 0, io.EOF},
		{"broken line", strings.NewReader(line("a") + "{\n" + line("b")), []string{"a", "b"}, 1, io.EOF},
		{"long line", strings.NewReader(strings.Repeat("x", 1<<20) + "\n" + line("b")), []string{"b"}, 1, io.EOF},
		{"error", io.MultiReader(strings.NewReader(line("a")), iotest.ErrReader(broken)), []string{"a"}, 0, broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, tt.r)
			ids, rejected, _, err := readAll(t.Context(), s)
			if !slices.Equal(ids, tt.ids) || rejected != tt.rejected || !errors.Is(err, tt.err) {
				t.Errorf("got %d ids, %d rejected, error %v; want %d, %d, %v",
					len(ids), rejected, err, len(tt.ids), tt.rejected, tt.err)
			}
			if st := s.Status(); st.Up != errors.Is(tt.err, io.EOF) || st.Up && !st.CaughtUp {
				t.Errorf("status %+v", st)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A terminal that says nothing does not keep the exporter from stopping, and
// what it says later is not lost for who asks again.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		s := open(t, r)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, _, _, err := readAll(ctx, s)
			ended <- err
		}()
		synctest.Wait()
		if !s.Status().CaughtUp {
			t.Error("waits, but is not caught up")
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v", err)
		}
		go func() {
			_, _ = io.WriteString(w, line("a"))
			_ = w.Close()
		}()
		ids, _, at, err := readAll(t.Context(), s)
		if !slices.Equal(ids, []string{"a"}) || !errors.Is(err, io.EOF) || at != fmt.Sprint(len(line("a"))) {
			t.Errorf("got %q at %s, error %v", ids, at, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
