package config

import (
	"path"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// DefaultFeast is what a Feast source that names only its repository means.
var DefaultFeast = Feast{PollInterval: time.Minute, OnlineSample: 100, S3: DefaultParquet.S3}

// Feast reads the registry of a feature store and stands for the sources and
// models of its feature views.
type Feast struct {
	Repo         string   // folder of feature_store.yaml, or the file itself
	Views        []string // globs of names; empty: all
	Exclude      []string // globs of names
	PollInterval time.Duration
	OnlineSample int // entities per view and look; 0: the online store is not read
	S3           S3  // of a registry and of tables there
}

// Takes tells whether a view of that name is to be monitored.
func (f *Feast) Takes(view string) bool {
	return (len(f.Views) == 0 || matchesAny(f.Views, view)) && !matchesAny(f.Exclude, view)
}

func matchesAny(globs []string, name string) bool {
	for _, g := range globs {
		if ok, _ := path.Match(g, name); ok || g == name {
			return true
		}
	}
	return false
}

// View is what a feature store says of a table.
type View struct {
	Project  string
	Name     string
	Keys     []Column // join keys, in the order of the source's id
	Features []Column
	Created  string // column that says when a row was written; may be empty
	Online   *Online
	TTL      time.Duration // 0: rows do not expire
	Sample   int           // entities to compare with the online store
	Interval time.Duration // between looks at it
	// Status says that each feature has a column behind it that tells how it was
	// served, as in Feast's feature logs.
	Status bool
}

// Column is a column of a feature view.
type Column struct {
	Name string // of a key in the table, of a feature in batches
	As   string // in the view
	Type int    // as Feast numbers its value types
	Kind catalog.Kind
}

// Online says where a feature store serves from.
type Online struct {
	Store      string // sqlite, postgres or redis
	Address    string // path, URL of the database, or host:port,name=value,…
	KeyVersion int    // of the entity keys' serialization
}

func feastValue(p **Feast) value {
	shown := DefaultFeast
	return value{shape: nested(func() block { return feastBlock(&shown) }).shape,
		read: func(r *reader, n *yaml.Node, at string) {
			f := DefaultFeast
			b := feastBlock(&f)
			b.check = func(r *reader, at string) { f.validate(r, at) }
			b.read(r, n, at)
			*p = &f
		}}
}

func feastBlock(f *Feast) block {
	glob := func(s *string) value { return checked(s, "name or glob", checkViewGlob) }
	return block{fields: []field{
		{"repo", checked(&f.Repo, "path", checkRepo), "Folder that feature_store.yaml is in. A relative path starts from the configuration's folder.", "/srv/feature_repo"},
		{"views", withDefault(list(&f.Views, "", glob), "all"), "Names or globs of the feature views to monitor, and of feature services whose log is.", `["driver_*"]`},
		{"exclude", list(&f.Exclude, "", glob), "Names or globs of those not to monitor.", `["*_staging"]`},
		{"poll_interval", span(&f.PollInterval, time.Second, 24*time.Hour), "How often the registry is looked at for new and changed views, and the online store compared.", "5m"},
		{"online_sample", count(&f.OnlineSample, 0, 10_000), "Entities per view that are looked up in the online store each time; 0 leaves it alone.", "1000"},
		{"s3", nested(func() block { return s3Block(&f.S3) }), "The object storage of a registry or tables that lie in one.", ""},
	}}
}

func (f *Feast) validate(r *reader, at string) {
	if !r.given(join(at, "repo")) {
		r.failf(at, "has no repo; add repo: with the folder that feature_store.yaml is in")
	}
	f.Repo = r.resolvePath(f.Repo)
	f.S3.validate(r, join(at, "s3"))
}

// validateFeast finds what the registry says itself.
func (s *Source) validateFeast(r *reader, at string) {
	for _, name := range []string{"format", "csv", "max_line_bytes", "fields"} {
		if r.given(join(at, name)) {
			r.failf(join(at, name), "has no effect on a feature store, whose registry says it; remove it")
		}
	}
}

func checkRepo(s string) string {
	if s == "" {
		return "is empty; write the folder that feature_store.yaml is in"
	}
	return ""
}

func checkViewGlob(s string) string {
	if s == "" {
		return "is empty; write a name or glob"
	}
	if _, err := path.Match(s, ""); err != nil {
		return `is not a glob: a "[" has no "]"; close it`
	}
	return ""
}
