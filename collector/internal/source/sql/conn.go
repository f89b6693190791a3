package sql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

const (
	// maxPage is how many rows of a result without a limit are read at once.
	maxPage = 10_000
	// maxCells bounds a page of a wide table: 9 bytes each, 5 and the text of texts, and
	// 21 at most where a column has values of many types.
	maxCells = 2 << 20
	// maxPageBytes bounds the values of a page as they were sent: two are in memory.
	maxPageBytes = 64 << 20
)

var errTooWide = fmt.Errorf("the values of one page take more than %d MiB; read a query that leaves out long texts", maxPageBytes>>20)

// conn is a connection to a server, with one read-only transaction at most.
type conn interface {
	// begin starts the transaction: all statements see the table as it is at the
	// first. A statement that takes longer than timeout fails; 0 for no limit.
	begin(ctx context.Context, timeout time.Duration) error
	// describe tells which columns a statement returns.
	describe(ctx context.Context, stmt string) ([]field, error)
	// query reads the rows of a statement into p. If full is given it is called
	// whenever p is full, and its rows are then forgotten; else the statement limits
	// its rows itself.
	query(ctx context.Context, stmt string, args []arg, p *page, full func() error) error
	close()
}

// field is a column of a result. What kind means is the server's.
type field struct{ name, kind string }

// arg is a value in a statement: a form and the text of what it holds.
type arg struct {
	form form
	text string
}

// argOf returns a cell as a parameter that equals it.
func argOf(c *column, row int) arg {
	f := c.formAt(row)
	return arg{f, string(c.spell(nil, f, row))}
}

// value returns the parameter as the drivers of database/sql take it.
func (a arg) value() any {
	switch a.form {
	case formInt:
		if x, err := strconv.ParseInt(a.text, 10, 64); err == nil {
			return x
		}
	case formFloat:
		if x, err := strconv.ParseFloat(a.text, 64); err == nil {
			return x
		}
	case formBlob:
		return []byte(a.text)
	}
	return a.text
}

// connect opens a connection.
func connect(ctx context.Context, cfg *config.SQL) (conn, error) {
	password := ""
	if cfg.PasswordFile != "" {
		text, err := os.ReadFile(cfg.PasswordFile)
		if err != nil {
			return nil, err
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	t, err := tlsOf(cfg.TLS)
	if err != nil {
		return nil, err
	}
	return dialects[cfg.Driver].connect(ctx, cfg, password, t)
}

// tlsOf returns nil if nothing is configured.
func tlsOf(cfg config.TLS) (*tls.Config, error) {
	if cfg == (config.TLS{}) {
		return nil, nil
	}
	t := &tls.Config{ServerName: cfg.ServerName, MinVersion: tls.VersionTLS12}
	if cfg.CA != "" {
		pem, err := os.ReadFile(cfg.CA)
		if err != nil {
			return nil, err
		}
		if t.RootCAs = x509.NewCertPool(); !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: there is no certificate in PEM format", cfg.CA)
		}
	}
	if cfg.Cert != "" {
		pair, err := tls.LoadX509KeyPair(cfg.Cert, cfg.Key)
		if err != nil {
			return nil, err
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// gates count the connections to each server, over all sources.
var gates = struct {
	sync.Mutex
	open map[string]int
	left map[string]chan struct{} // closed when one was; only if somebody waits
}{open: map[string]int{}, left: map[string]chan struct{}{}}

// enter waits until fewer than most connections to a server are open, and returns
// what to call when one more is closed.
func enter(ctx context.Context, dsn string, most int) (leave func(), err error) {
	for {
		gates.Lock()
		if gates.open[dsn] < most {
			gates.open[dsn]++
			gates.Unlock()
			return func() { exit(dsn) }, nil
		}
		left := gates.left[dsn]
		if left == nil {
			left = make(chan struct{})
			gates.left[dsn] = left
		}
		gates.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-left:
		}
	}
}

func exit(dsn string) {
	gates.Lock()
	defer gates.Unlock()
	if gates.open[dsn]--; gates.open[dsn] == 0 {
		delete(gates.open, dsn)
	}
	if left := gates.left[dsn]; left != nil {
		close(left)
		delete(gates.left, dsn)
	}
}

// unquote returns the text of a JSON string.
func unquote(text string) []byte {
	var s string
	if json.Unmarshal([]byte(text), &s) != nil {
		return []byte(text)
	}
	return []byte(s)
}
