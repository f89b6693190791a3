package profile

import (
	"fmt"
	"io"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// writeMultivariate says what is known of features that go together.
func writeMultivariate(w io.Writer, m *baseline.Multivariate) {
	if m == nil {
		fmt.Fprint(w, "\nThere are too few rows, or numeric features that vary, to tell whether features go together as here.\n")
		return
	}
	fmt.Fprintf(w, "\n%s together: %s %s of the variance; rows are %s ± %s standard deviations from that.\n",
		plural(len(m.PCA.Features), "numeric feature"), explain(len(m.PCA.Components)), percent(m.PCA.Explained), short(m.Base.Mean), short(m.Base.Stddev))
}

func explain(components int) string {
	if components == 1 {
		return "1 principal component explains"
	}
	return fmt.Sprintf("%d principal components explain", components)
}
