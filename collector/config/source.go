package config

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// DefaultSource is what a source that says nothing else means.
var DefaultSource = Source{
	CSV:          CSV{Delimiter: ',', NullWords: nullWords},
	Fields:       DefaultFields,
	MaxLineBytes: 1 << 20,
}

// nullWords are what pandas reads as missing, without the rarest.
var nullWords = []string{"NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "<NA>"}

// DefaultFile is what a file source that names only its paths means.
var DefaultFile = File{Start: Beginning, PollInterval: time.Second, RotateWait: 10 * time.Second}

// Sources and formats of coming versions.
var (
	laterSources = []string{"kafka", "http"}
	laterFormats = []string{"sagemaker", "kserve", "seldon", "bentoml", "databricks", "mlflow", "mlserver", "vertex", "azureml", "modelmesh"}
)

func sourceBlock(s *Source) block {
	return block{
		fields: []field{
			{"name", name(&s.Name), "Unique; the label source of the exporter's own metrics.", "fraud_log"},
			{"file", fileValue(&s.File), "Follows files across rotation, truncation and replacement.", ""},
			{"stdin", stdinValue(&s.Stdin), "Reads standard input instead of files: {} or true.", "true"},
			{"parquet", parquetValue(&s.Parquet), "Reads Parquet files, of which there may be more and longer ones later: local, or in an S3-compatible object storage.", ""},
			{"sql", sqlValue(&s.SQL), "Reads a table or query of PostgreSQL, MySQL, MariaDB, SQLite or ClickHouse, and every row that is added to it.", ""},
			{"feast", feastValue(&s.Feast), "Discovers the feature views of a Feast repository and monitors each as a table of its own, with the names, types, time to live and owner that the registry has.", ""},
			{"format", withDefault(word(&s.Format, "format", []Format{JSON, CSVFormat}, laterFormats...), "csv if all paths end in .csv (also .gz, .zst), else json"),
				"How records are written: JSON lines, or CSV with a header row.", "csv"},
			{"fields", nested(func() block { return fieldsBlock(&s.Fields) }), "Where the parts of an event are in a record; only what differs from the canonical event. Unless features are taken from the top level, usual names are found without mapping: `request_id`, `prediction_id`; `time`, `ts`, `@timestamp`, `event_time`, `event_timestamp`; `model_name`; `model_version`; `y_pred`; `probability`, `y_pred_proba`; `y_true`. In a table or Parquet files of one model with task none, columns called type, model, version or error mean nothing of an event unless they are mapped; features may name them.", ""},
			{"csv", nested(func() block { return csvBlock(&s.CSV) }), "Options of the csv format. The header has each name once. Blanks behind the delimiters of the header (`id, amount`) belong to the delimiter in the whole file; in other files they belong to texts, and numbers are read without them.", ""},
			{"max_line_bytes", size(&s.MaxLineBytes, 1<<10, 1<<30), "Longer records are skipped and counted as rejected.", "4MiB"},
		},
		later:   laterSources,
		instead: "use file, parquet, sql, feast or stdin",
		check:   func(r *reader, at string) { s.validate(r, at) },
	}
}

func (s *Source) validate(r *reader, at string) {
	if !r.given(join(at, "name")) {
		r.failf(at, "has no name; add name: with a unique one")
	}
	var kinds []string
	for _, kind := range []string{"file", "stdin", "parquet", "sql", "feast"} {
		if r.given(join(at, kind)) {
			kinds = append(kinds, kind)
		}
	}
	switch {
	case len(kinds) == 2:
		r.failf(at, "has both %s and %s; make them two sources", kinds[0], kinds[1])
	case len(kinds) > 2:
		r.failf(at, "has %s; make them %d sources", strings.Join(kinds, ", "), len(kinds))
	case len(kinds) == 0 && !slices.ContainsFunc(laterSources, func(s string) bool { return r.given(join(at, s)) }):
		r.failf(at, `reads nothing; add file: { paths: ["/var/log/model/*.jsonl"] }, or stdin: {}`)
	}
	if r.given(join(at, "parquet")) {
		s.validateParquet(r, at)
		return
	}
	if s.SQL != nil {
		s.validateSQL(r, at)
		return
	}
	if r.given(join(at, "feast")) {
		s.validateFeast(r, at)
		return
	}
	if s.Format == "" && !r.given(join(at, "format")) {
		s.Format = JSON
		if s.File != nil {
			s.Format = FormatOf(s.File.Paths)
		}
	}
	if s.Format == JSON && r.given(join(at, "csv")) {
		r.failf(join(at, "csv"), "has no effect on format json; write format: csv, or remove it")
	}
	if s.Format == CSVFormat {
		s.Fields.validateCSV(r, join(at, "fields"))
	}
}

// FormatOf guesses the format of files by their extension: csv if all of them
// have it, compressed or not, else json.
func FormatOf(globs []string) Format {
	for _, g := range globs {
		g = strings.ToLower(g)
		g = strings.TrimSuffix(strings.TrimSuffix(g, ".gz"), ".zst")
		if !strings.HasSuffix(g, ".csv") {
			return JSON
		}
	}
	if len(globs) == 0 {
		return JSON
	}
	return CSVFormat
}

// stdinValue is true, or an empty block for symmetry with file.
func stdinValue(p *bool) value {
	return value{shape: shape{kind: "true or {}", types: []string{"boolean", "object", "null"}, initial: "false"},
		read: func(r *reader, n *yaml.Node, at string) {
			switch {
			case isNull(n) || n.Kind == yaml.MappingNode && len(n.Content) == 0:
				*p = true
			case n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false"):
				*p = n.Value == "true"
				if !*p {
					delete(r.lines, at)
				}
			default:
				r.failf(at, "standard input has no options; write stdin: {}")
			}
		}}
}

func fileValue(p **File) value {
	shown := DefaultFile
	return value{shape: nested(func() block { return fileBlock(&shown) }).shape,
		read: func(r *reader, n *yaml.Node, at string) {
			f := DefaultFile
			b := fileBlock(&f)
			b.check = func(r *reader, at string) { f.validate(r, at) }
			b.read(r, n, at)
			*p = &f
		}}
}

func fileBlock(f *File) block {
	return block{fields: []field{
		{"paths", list(&f.Paths, "", func(s *string) value { return checked(s, "glob", checkGlob) }),
			"Globs; every file that matches is followed, also one that appears later. Relative ones start from the configuration's folder. .gz and .zst files are read once.",
			`["/var/log/fraud/*.jsonl"]`},
		{"start", word(&f.Start, "start", []Start{Beginning, End}),
			"Where reading of files that exist at the first start begins. Later ones are read from their beginning.", "end"},
		{"poll_interval", span(&f.PollInterval, 10*time.Millisecond, time.Hour),
			"How often files are looked for and looked at.", "250ms"},
		{"rotate_wait", span(&f.RotateWait, 0, 24*time.Hour),
			"A renamed or deleted file is given up after so long without new data.", "1m"},
	}}
}

func (f *File) validate(r *reader, at string) {
	if len(f.Paths) == 0 && !r.given(index(join(at, "paths"), 0)) {
		r.failf(join(at, "paths"), `names no files; write a list such as ["/var/log/model/*.jsonl"]`)
	}
	for i, p := range f.Paths {
		f.Paths[i] = r.resolvePath(p)
	}
}

// resolvePath makes a path relative to the configuration's folder.
func (r *reader) resolvePath(path string) string {
	if path == "" || filepath.IsAbs(path) || r.dir == "" || r.dir == "." {
		return path
	}
	return filepath.Join(r.dir, path)
}

func checkGlob(s string) string {
	if s == "" {
		return "is empty; write a path or glob"
	}
	if strings.ContainsRune(s, 0) {
		return "has a NUL byte; remove it"
	}
	if _, err := filepath.Match(s, ""); err != nil {
		return `is not a glob: a "[" has no "]"; close it, or write "\\[" for the character itself`
	}
	return ""
}

func csvBlock(c *CSV) block {
	return block{fields: []field{
		{"delimiter", withDefault(delimiterValue(&c.Delimiter), `","`), "One ASCII character between cells; tab may be written as a word.", `";"`},
		{"null_words", withDefault(list(&c.NullWords, "", text), "["+strings.Join(nullWords, ", ")+"]"),
			"Unquoted cells that mean a missing value. The empty cell always does.", `["-", "n/a"]`},
	}}
}

func delimiterValue(p *byte) value {
	return value{shape: shape{kind: "character", types: []string{"string"}},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, "character")
			if !ok {
				return
			}
			if s == "tab" || s == `\t` {
				s = "\t"
			}
			if len(s) != 1 || s[0] >= 0x80 || strings.Contains("\"\r\n\x00", s) {
				r.failf(at, "%q cannot separate cells; write one ASCII character, or tab", s)
				return
			}
			*p = s[0]
		}}
}
