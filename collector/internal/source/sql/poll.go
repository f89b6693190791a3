package sql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// poll is one look at the table, in one snapshot.
type poll struct {
	conn  conn
	leave func()
	began time.Time
	page  page
	at    int  // next row of the page
	last  bool // no page comes behind this one
	cut   bool // it ended before its end
	new   int  // rows that were handed over
	upper arg
	low   int64 // earlier rows were dealt with

	// The next page is read while this one is handed over.
	ahead chan error // tells that it was; nil if there is none
	next  page
	limit int    // of its rows
	stop  func() // gives it up

	text []byte
	kept []int32
}

// end waits for what is under way and closes the connection.
func (p *poll) end() {
	if p.ahead != nil {
		p.stop()
		<-p.ahead
	}
	p.conn.close()
	p.leave()
}

// limited gives a statement its time.
func (s *Source) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.cfg.StatementTimeout+grace)
}

// begin connects, starts a snapshot and looks at the columns.
func (s *Source) begin(ctx context.Context) error {
	leave, err := enter(ctx, s.cfg.DSN, s.cfg.MaxConnections)
	if err != nil {
		return err
	}
	short, cancel := s.limited(ctx)
	defer cancel()
	c, err := s.dial(short, &s.cfg)
	if err != nil {
		leave()
		return err
	}
	s.poll = &poll{conn: c, leave: leave, began: s.now()}
	if err := c.begin(short, s.cfg.StatementTimeout); err != nil {
		return err
	}
	if err := s.look(short); err != nil {
		return err
	}
	if err := s.sameOrder(short); err != nil {
		return err
	}
	if s.cfg.Driver == config.SQLite && s.cfg.Watermark != "" {
		if err := s.alike(short); err != nil {
			return err
		}
	}
	s.rows.begun = s.rows.page
	return nil
}

// look plans how to read the table, unless it is as it was.
func (s *Source) look(ctx context.Context) error {
	d := dialects[s.cfg.Driver]
	fields, err := s.poll.conn.describe(ctx, "SELECT * FROM "+d.target(&s.cfg)+" WHERE 1 = 0")
	if err != nil {
		return err
	}
	if s.plan != nil && slices.Equal(s.plan.fields, fields) {
		return nil
	}
	if s.plan != nil {
		s.log.Info("The table's columns changed", "columns", len(fields), "before", len(s.plan.fields))
	}
	p, err := newPlan(s.set, fields, s.cfg.Watermark, s.cfg.Key)
	if err != nil {
		return err
	}
	if d.unordered != nil && s.counting == nil {
		for _, f := range fields {
			if name := d.unordered(f.kind); name != "" && slices.Contains(s.cfg.Key, f.name) {
				return fmt.Errorf("column %q of the key is of type %s, by which pages cannot be read; name another column, or read a query that makes it a text", f.name, name)
			}
		}
	}
	s.plan = p
	var lost []string
	for _, name := range s.features {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			lost = append(lost, name)
		}
	}
	if len(lost) > 0 {
		s.log.Warn("The table lacks features that are listed; see model_exporter validate", "columns", strings.Join(lost, ", "))
	}
	return nil
}

// sameOrder finds that the watermark has another type than what was read of it: a
// server may compare the two all the same, and find nothing.
func (s *Source) sameOrder(ctx context.Context) error {
	if s.rows.empty() || s.counting != nil {
		return nil
	}
	d, f, now := dialects[s.cfg.Driver], s.rows.form, s.rows.form
	for _, field := range s.plan.fields {
		if field.name != s.cfg.Watermark {
			continue
		}
		switch d.count.class(field.kind) {
		case classNumber:
			if now = formInt; isNumber(f) {
				now = f
			}
		case classTime:
			now = formTime
		case classLocal:
			now = formLocal
		case classDate:
			now = formDate
		case classAny:
			st := d.statement().write("SELECT max(", d.ident(s.cfg.Watermark), ") FROM ", d.target(&s.cfg))
			if err := s.run(ctx, st); err != nil {
				return err
			}
			if p := &s.poll.page; p.rows > 0 && !p.columns[0].null[0] {
				now = p.columns[0].formAt(0)
			}
			s.poll.page.reset(0)
		}
	}
	if f == formNull { // a position of mode aggregate does not say
		s.rows.form = now
	} else if now != f {
		return s.retyped()
	}
	return nil
}

func (s *Source) retyped() error {
	return fmt.Errorf("the watermark %q changed its type; give the source another name to read the table anew", s.cfg.Watermark)
}
