package feast

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
)

// Table is a feature view, or the log of a feature service, that can be monitored.
type Table struct {
	Name         string
	Source       config.Source // its name is the table's
	Owner        string
	TTL          time.Duration // 0: rows do not expire
	Features     []config.Feature
	Services     []string // feature services that serve it
	Materialized time.Time
	Left         []string // features that are not monitored
}

// Skip is what cannot be monitored, and why.
type Skip struct{ Name, Reason string }

// Discovery is what a repository holds, in the order of names.
type Discovery struct {
	Project string
	Tables  []Table
	Skipped []Skip
	unset   map[string]bool // tables in a database by whether rows lack the time of their writing; others are not known
}

// Discover reads a repository and its registry. An error of the repository itself
// is a *RepoError.
func Discover(ctx context.Context, cfg config.Feast) (*Discovery, error) {
	return discoverAfter(ctx, cfg, nil)
}

// discoverAfter does not ask again what was known before; nil for nothing.
func discoverAfter(ctx context.Context, cfg config.Feast, before *Discovery) (*Discovery, error) {
	r, err := readRepo(cfg.Repo)
	if err != nil {
		return nil, err
	}
	found, err := r.load(ctx, cfg.S3)
	if err != nil {
		return nil, err
	}
	if err := r.checkProject(ctx, found); err != nil {
		return nil, err
	}
	d := r.discover(found, &cfg)
	d.chooseWatermarks(ctx, before)
	return d, nil
}

// checkProject finds a project that is not the registry's: nothing would be monitored
// without anybody noticing. A registry without any view may be that of a beginning.
func (r *repo) checkProject(ctx context.Context, found *registry) error {
	others := found.projects()
	if len(others) == 0 && len(found.views)+len(found.services) == 0 && r.sql {
		var err error
		if others, err = r.loadProjects(ctx); err != nil {
			return fmt.Errorf("registry: %w", err)
		}
	}
	if len(others) == 0 || slices.Contains(others, r.project) || slices.Contains(others, "") {
		return nil
	}
	return fmt.Errorf("the registry has no view of project %q; it has views of %s: correct project: in feature_store.yaml, or run feast apply", r.project, nameSome(others))
}

// projects lists the projects of views and services.
func (r *registry) projects() []string {
	var names []string
	for i := range r.views {
		names = append(names, r.views[i].project)
	}
	for i := range r.services {
		names = append(names, r.services[i].project)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// maxNamed bounds the projects that an error names.
const maxNamed = 10

func nameSome(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i == maxNamed {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.60q", n)
	}
	return b.String()
}

func (r *repo) discover(found *registry, cfg *config.Feast) *Discovery {
	d := &Discovery{Project: r.project}
	for i := range found.views {
		v := &found.views[i]
		if v.project != "" && v.project != r.project || !cfg.Takes(v.name) {
			continue
		}
		d.add(v.name, func() (*Table, error) { return r.tableOf(found, v, cfg) })
	}
	for i := range found.services {
		s := &found.services[i]
		if s.log == "" || s.project != "" && s.project != r.project || !cfg.Takes(s.name) {
			continue
		}
		d.add(s.name, func() (*Table, error) { return r.logOf(s, cfg) })
	}
	byName := func(a, b Table) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(d.Tables, byName)
	for i := len(d.Tables) - 1; i > 0; i-- {
		if name := d.Tables[i].Name; name == d.Tables[i-1].Name {
			d.Tables = slices.Delete(d.Tables, i, i+1)
			d.Skipped = append(d.Skipped, Skip{name, "another one has the name"})
		}
	}
	slices.SortFunc(d.Skipped, func(a, b Skip) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Reason, b.Reason))
	})
	return d
}

func (d *Discovery) add(name string, table func() (*Table, error)) {
	t, err := table()
	switch {
	case name == "" || len(name) > maxName:
		d.Skipped = append(d.Skipped, Skip{name, fmt.Sprintf("a name has 1 to %d bytes", maxName)})
	case err != nil:
		d.Skipped = append(d.Skipped, Skip{name, err.Error()})
	default:
		d.Tables = append(d.Tables, *t)
	}
}

// maxName is that of names in the configuration.
const maxName = 128

// tableOf says how to monitor a feature view.
func (r *repo) tableOf(found *registry, v *view, cfg *config.Feast) (*Table, error) {
	keys, err := found.joinKeys(v)
	if err != nil {
		return nil, err
	}
	t := &Table{Name: v.name, Owner: v.owner, TTL: v.ttl, Materialized: v.materialized}
	s := &v.source
	src := config.DefaultSource
	src.Name = v.name
	if err := r.read(&src, s, keys, cfg); err != nil {
		return nil, err
	}
	src.View = &config.View{Project: r.project, Name: v.name, Created: s.created, TTL: v.ttl}
	for _, k := range keys {
		src.View.Keys = append(src.View.Keys, config.Column{Name: s.columnOf(k.name), As: k.name, Type: k.typ, Kind: kinds[k.typ]})
	}
	for _, f := range v.features {
		t.addFeature(&src, column{f.name, f.typ}, s.columnOf(f.name))
	}
	if len(src.View.Features) == 0 {
		return nil, fmt.Errorf("none of its %d features can be monitored", len(v.features))
	}
	src.Fields = fieldsOf(t.Name, s, src.View)
	if v.version > 0 {
		src.Fields.Version.Value = fmt.Sprint(v.version)
	}
	if v.online && len(keys) > 0 && cfg.OnlineSample > 0 {
		src.View.Online, src.View.Sample, src.View.Interval = r.online, cfg.OnlineSample, cfg.PollInterval
	}
	for _, svc := range found.services {
		if (svc.project == "" || svc.project == r.project) && slices.ContainsFunc(svc.views, func(p projection) bool { return p.view == v.name }) {
			t.Services = append(t.Services, svc.name)
		}
	}
	t.Source = src
	return t, nil
}

// kinds of feature values by feast.types.ValueType. What is not here is no single
// value, or one that no distribution describes.
var kinds = map[int]catalog.Kind{
	typeString: catalog.Categorical, typeInt32: catalog.Numeric, typeInt64: catalog.Numeric, typeDouble: catalog.Numeric,
	typeFloat: catalog.Numeric, typeBool: catalog.Boolean, typeTime: catalog.Numeric, 44: catalog.Numeric, // DECIMAL
}

// addFeature monitors a feature by its name in the view, wherever it is read.
func (t *Table) addFeature(src *config.Source, f column, from string) {
	c := config.Column{Name: f.name, As: f.name, Type: f.typ, Kind: kinds[f.typ]}
	if c.Kind == "" || c.Name == "" || len(c.Name) > 256 || from == "" || len(from) > 256 ||
		slices.ContainsFunc(src.View.Features, func(f config.Column) bool { return f.Name == c.Name }) {
		t.Left = append(t.Left, c.As)
		return
	}
	src.View.Features = append(src.View.Features, c)
	t.Features = append(t.Features, config.Feature{Name: c.Name, Kind: c.Kind, Importance: config.Normal})
}

func constant(value string) config.Field { return config.Field{Const: true, Value: value} }

// fieldsOf maps the columns of a view's table. A row is known by its join keys and
// its time: an entity has a row per change, and the same one twice is a duplicate.
func fieldsOf(model string, s *dataSource, v *config.View) config.Fields {
	f := config.DefaultFields
	f.Exact = true
	f.Type, f.Model, f.Version = constant("prediction"), constant(model), constant("unknown")
	f.Features = config.Features{}
	for _, c := range v.Features {
		f.Features.Names = append(f.Features.Names, c.Name)
		if len(s.mapping) > 0 {
			f.Features.Columns = append(f.Features.Columns, s.columnOf(c.Name))
		}
	}
	for _, k := range v.Keys {
		f.ID.Paths = append(f.ID.Paths, k.Name)
	}
	if s.timestamp != "" {
		f.Timestamp.Paths = []string{s.timestamp}
		f.ID.Paths = append(f.ID.Paths, s.timestamp)
	}
	f.ID.Joined = len(f.ID.Paths) > 0
	if s.created != "" {
		f.Values.Paths = []string{s.created}
	}
	return f
}

// logOf says how to monitor what a feature service logs. Each feature has columns
// beside it that say how it was served and of when it is.
func (r *repo) logOf(s *service, cfg *config.Feast) (*Table, error) {
	t := &Table{Name: s.name, Owner: s.owner}
	src := config.DefaultSource
	src.Name = s.name
	var err error
	if src.Parquet, err = r.parquet(s.log, s.endpoint, cfg); err != nil {
		return nil, err
	}
	src.View = &config.View{Project: r.project, Name: s.name, Status: true}
	for _, p := range s.views {
		for _, f := range p.features {
			name := p.as + "__" + f.name
			t.addFeature(&src, column{name, f.typ}, name)
		}
	}
	if len(src.View.Features) == 0 {
		return nil, fmt.Errorf("none of its features can be monitored")
	}
	src.Fields = fieldsOf(t.Name, &dataSource{timestamp: logTime}, src.View)
	src.Fields.ID = config.Field{} // a request may have several rows
	for i := range src.View.Features {
		name := src.View.Features[i].Name + statusSuffix
		src.Fields.Features.Names = append(src.Fields.Features.Names, name)
		t.Features = append(t.Features, config.Feature{Name: name, Kind: catalog.Categorical, Importance: config.Normal})
	}
	t.Source = src
	return t, nil
}

// Columns of a feature log.
const (
	logTime      = "__log_timestamp"
	statusSuffix = "__status"
)
