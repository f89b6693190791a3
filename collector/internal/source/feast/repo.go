package feast

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/collector/config"
)

// maxRepo bounds feature_store.yaml.
const maxRepo = 1 << 20

// RepoError says that a repository cannot be understood: waiting does not help.
type RepoError struct{ Err error }

func (e *RepoError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong with the repository.
func (e *RepoError) Unwrap() error { return e.Err }

// repo is what feature_store.yaml says, as far as it is used.
type repo struct {
	dir          string
	project      string
	registry     string // path, s3:// address or database URL
	sql          bool   // the registry is a database
	offline      store
	online       *config.Online
	onlineReason string // why there is none
}

// store is the block of an offline or online store. A block that is a single text
// names the type.
type store struct {
	Type             string `yaml:"type"`
	Path             string `yaml:"path"`
	ConnectionString string `yaml:"connection_string"`
	RedisType        string `yaml:"redis_type"`
	Host             string `yaml:"host"`
	Port             string `yaml:"port"`
	Database         string `yaml:"database"`
	Schema           string `yaml:"db_schema"`
	User             string `yaml:"user"`
	Password         string `yaml:"password"`
	SSLMode          string `yaml:"sslmode"`
	SSLRootCert      string `yaml:"sslrootcert_path"`
	SSLCert          string `yaml:"sslcert_path"`
	SSLKey           string `yaml:"sslkey_path"`
}

func (s *store) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&s.Type)
	}
	type plain store
	return n.Decode((*plain)(s))
}

// registryBlock is a path, or a mapping.
type registryBlock struct {
	Type string `yaml:"registry_type"`
	Path string `yaml:"path"`
}

func (b *registryBlock) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&b.Path)
	}
	type plain registryBlock
	return n.Decode((*plain)(b))
}

// number may be written as a text, as Feast takes it.
type number int

func (x *number) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return n.Decode((*int)(x))
	}
	i, err := strconv.Atoi(strings.TrimSpace(n.Value))
	if err != nil {
		return fmt.Errorf("line %d: %q is no whole number", n.Line, n.Value)
	}
	*x = number(i)
	return nil
}

// readRepo reads feature_store.yaml. What it does not know of it is left alone:
// Feast and its plug-ins check their own.
func readRepo(path string) (*repo, error) {
	// The folder becomes part of addresses, in which a relative path would be a host.
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, &RepoError{err}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "feature_store.yaml")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &RepoError{err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRepo+1))
	if err == nil && len(data) > maxRepo {
		err = errors.New("is larger than 1 MiB")
	}
	var r *repo
	if err == nil {
		r, err = parseRepo(filepath.Dir(path), data)
	}
	if err != nil {
		return nil, &RepoError{fmt.Errorf("%s: %w", path, err)}
	}
	return r, nil
}

func parseRepo(dir string, data []byte) (*repo, error) {
	var file struct {
		Project    string        `yaml:"project"`
		Provider   string        `yaml:"provider"`
		Registry   registryBlock `yaml:"registry"`
		Offline    store         `yaml:"offline_store"`
		Online     yaml.Node     `yaml:"online_store"`
		KeyVersion number        `yaml:"entity_key_serialization_version"`
	}
	if err := yaml.Unmarshal([]byte(expandVariables(string(data))), &file); err != nil {
		return nil, err
	}
	r := &repo{dir: dir, project: file.Project, offline: file.Offline}
	if r.project == "" {
		return nil, errors.New("names no project")
	}
	if err := r.setRegistry(file.Registry); err != nil {
		return nil, err
	}
	var online *store
	if file.Online.IsZero() && (file.Provider == "" || file.Provider == "local") {
		online = &store{Type: "sqlite"}
	} else if err := file.Online.Decode(&online); err != nil {
		return nil, err
	}
	r.setOnline(online, int(file.KeyVersion))
	return r, nil
}

func (r *repo) setRegistry(b registryBlock) error {
	if b.Path == "" {
		b.Path = "data/registry.db"
	}
	scheme, _, remote := strings.Cut(b.Path, "://")
	switch {
	case b.Type == "sql":
		dsn, err := databaseURL(r.dir, b.Path)
		r.registry, r.sql = dsn, true
		return err
	case b.Type != "" && b.Type != "file":
		return fmt.Errorf("registries of type %q are not read; file and sql are", b.Type)
	case !remote:
		r.registry = r.local(b.Path)
	case scheme == "file":
		r.registry = r.local(strings.TrimPrefix(b.Path, "file://"))
	case scheme == "s3":
		r.registry = b.Path
	default:
		return fmt.Errorf("registries at %s:// are not read; local ones and those at s3:// are", scheme)
	}
	return nil
}

// local returns a path as Feast means it: from the repository's folder.
func (r *repo) local(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.dir, path)
}

// databaseURL turns an address of SQLAlchemy's, which also names a driver, into
// one of the database's.
func databaseURL(dir, address string) (string, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	dialect, _, _ := strings.Cut(scheme, "+")
	switch {
	case !ok:
		return "", errors.New("the path of an sql registry is no address of a database, such as postgresql://host/feast")
	case dialect == "postgresql" || dialect == "postgres":
		return "postgres://" + rest, nil
	case dialect == "sqlite":
		path := strings.TrimPrefix(rest, "/") // three slashes begin a relative path, four an absolute one
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return "sqlite://" + path, nil
	}
	return "", fmt.Errorf("sql registries in %s are not read; those in postgresql and sqlite are", strconv.Quote(dialect))
}

var variables = regexp.MustCompile(`\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)`)

// expandVariables replaces $NAME and ${NAME} by the environment's values as Feast
// does: those that are not set stay as they are.
func expandVariables(s string) string {
	return variables.ReplaceAllStringFunc(s, func(found string) string {
		if value, ok := os.LookupEnv(strings.Trim(found[1:], "{}")); ok {
			return value
		}
		return found
	})
}
