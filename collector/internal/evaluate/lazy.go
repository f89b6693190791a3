package evaluate

import (
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// lazy is the series of which nobody knows in advance whether there will be any:
// a metric that needs labels, a class, a segment's value. What is not set between
// two calls of hide is hidden until it is set again.
type lazy struct {
	view  *view
	refs  map[string]*lazyRef
	round int // calls of hide so far
}

type lazyRef struct {
	ref snapshot.Ref
	set int
}

// set publishes a value; the labels follow model and model_version.
func (l *lazy) set(x float64, f *catalog.Family, labels ...string) {
	key := f.Name + "\xff" + strings.Join(labels, "\xff")
	r := l.refs[key]
	if r == nil {
		if l.refs == nil {
			l.refs = map[string]*lazyRef{}
		}
		r = &lazyRef{ref: l.view.series(f, labels...)}
		l.refs[key] = r
	}
	r.set = l.round
	l.view.shard.Set(r.ref, x)
}

// hide hides what was not set since the last call.
func (l *lazy) hide() {
	for _, r := range l.refs {
		if r.set != l.round {
			l.view.shard.Set(r.ref, nan)
		}
	}
	l.round++
}
