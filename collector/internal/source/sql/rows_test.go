package sql

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestReadsEachRowOnce: rows that are added, late ones, restarts.
func TestReadsEachRowOnce(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		r.cfg.SQL.PageSize = 100
		s.insert(t, 1, 250, 0)
		s.insert(t, 251, 5000, time.Minute)
		r.up(5000)
		r.up(0)
		s.insert(t, 5001, 5010, 2*time.Minute)
		r.up(10)
		s.insert(t, 6001, 6010, 30*time.Second) // late, within the overlap
		r.restart()
		r.up(10)
		s.insert(t, 7001, 7001, 10*time.Minute)
		r.up(1)
		s.insert(t, 8001, 8001, time.Minute) // later than the overlap
		r.restart()
		r.up(0)
		r.once()
	})
}

// TestRowsAreWrittenMeanwhile: rows that come and go between the pages of a poll are
// not part of its snapshot, and come once, in the next.
func TestRowsAreWrittenMeanwhile(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		r.cfg.SQL.PageSize = 100
		s.insert(t, 1, 1000, 0)
		written := 1000
		r.each = func(*event.Batch) {
			if written < 1050 {
				s.insert(t, written+1, written+5, 0)                 // behind what was read
				s.insert(t, written+5001, written+5005, time.Minute) // and before
				s.exec(t, fmt.Sprintf("DELETE FROM @t WHERE id = %d", written-50))
				written += 5
			}
		}
		r.up(1000)
		if written < 1050 {
			t.Fatalf("%d rows were written meanwhile", written-1000)
		}
		r.up(100)
		r.restart()
		r.up(0)
		r.once()
	})
}

// TestWatermarkIsANumber: a sequence whose numbers do not appear in their order.
func TestWatermarkIsANumber(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		r.cfg.SQL.Watermark, r.cfg.SQL.Overlap.Count, r.cfg.SQL.PageSize = "id", 20, 7
		s.insert(t, 1, 50, 0)
		s.insert(t, 60, 100, 0)
		r.up(91)
		s.insert(t, 101, 103, 0)
		r.up(3)
		s.exec(t, "DELETE FROM @t WHERE id = 95")
		s.insert(t, 95, 95, time.Second) // is remembered
		s.insert(t, 51, 52, 0)           // too late
		r.restart()
		r.up(0)
		s.exec(t, "DELETE FROM @t WHERE id > 100")
		s.insert(t, 105, 110, 0)
		r.up(6)
		s.insert(t, 104, 104, 0) // late
		r.restart()
		r.up(1)
		r.once()
	})
}

// TestConnectionsAreLimited: sources of one server wait for each other.
func TestConnectionsAreLimited(t *testing.T) {
	leave, err := enter(t.Context(), "dsn", 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := enter(ctx, "dsn", 1); err == nil {
		t.Error("two connections where one is allowed")
	}
	other, err := enter(t.Context(), "other", 1)
	if err != nil {
		t.Fatal(err)
	}
	other()
	entered := make(chan error)
	go func() {
		leave, err := enter(t.Context(), "dsn", 1)
		if err == nil {
			leave()
		}
		entered <- err
	}()
	leave()
	if err := <-entered; err != nil {
		t.Error(err)
	}
	if len(gates.open)+len(gates.left) > 0 {
		t.Errorf("%v are open", gates.open)
	}
}
