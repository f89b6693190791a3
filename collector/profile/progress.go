package profile

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/model-exporter/model_exporter/collector/internal/source/sql"
)

// bar shows how much of the files was read. The nil bar shows nothing.
type bar struct{ *progressbar.ProgressBar }

// newBar returns nil if w is no terminal: a log file is no place for a bar. It
// counts the rows of tables on servers, and the bytes of everything else.
func (in *input) newBar(ctx context.Context, w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	total, isTable := in.bytes(), in.table() != nil
	if isTable {
		if total, _ = sql.Count(ctx, in.table()); total == 0 {
			total = -1 // reading will tell why
		}
	}
	return &bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("profiling"),
		progressbar.OptionShowBytes(!isTable),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
	)}
}

func (b *bar) add(n int) {
	if b != nil {
		_ = b.Add(n) // a terminal that cannot be written to is no reason to stop
	}
}

// close removes the bar.
func (b *bar) close() {
	if b != nil {
		_ = b.Finish()
		_ = b.Clear()
	}
}
