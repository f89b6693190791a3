// Command testrepo writes a feature repository into a folder, with a Parquet table
// and an online store that differs from it, and tables.db beside it, which holds an
// hour of a table. Started again with -follow, it adds a row to that each second and a
// file with half of the entities to the Parquet table each minute. Tests in other
// modules start it to have feature tables to monitor.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	pq "github.com/parquet-go/parquet-go"
	_ "modernc.org/sqlite" // the driver

	"github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

func main() {
	dir := flag.String("dir", ".", "folder of the repository")
	follow := flag.Bool("follow", false, "only add to the tables, until interrupted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dir, *follow); err != nil {
		fmt.Fprintln(os.Stderr, "testrepo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, follow bool) error {
	random := rand.New(rand.NewPCG(1, 2))
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "tables.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	if follow {
		return grow(ctx, dir, db, random)
	}
	return errors.Join(
		os.MkdirAll(filepath.Join(dir, "data", "driver_stats"), 0o755),
		os.WriteFile(filepath.Join(dir, "feature_store.yaml"), feasttest.Repo("{ type: sqlite, path: data/online.db }"), 0o644),
		os.WriteFile(filepath.Join(dir, "data", "registry.db"), feasttest.Registry([]feasttest.View{view()}), 0o644),
		deliver(dir, drivers(random, time.Now().Truncate(time.Hour), 48), numDrivers),
		fill(db, random),
	)
}

func view() feasttest.View {
	return feasttest.View{
		Name: "driver_hourly_stats", Owner: "drivers@example.org", Path: "data/driver_stats", TTL: 24 * time.Hour, Entities: []string{"driver"},
		Features: []feasttest.Field{
			feasttest.Column(4, "conv_rate", feasttest.Float32), feasttest.Column(4, "acc_rate", feasttest.Float32),
			feasttest.Column(4, "avg_daily_trips", feasttest.Int64),
		},
		Materialized: time.Now().Add(-time.Hour),
	}
}

const numDrivers = 50

type driver struct {
	Time    int64    `parquet:"event_timestamp,timestamp(millisecond)"`
	Created int64    `parquet:"created,timestamp(millisecond)"`
	ID      int64    `parquet:"driver_id"`
	Rate    float64  `parquet:"conv_rate"`
	Accept  *float64 `parquet:"acc_rate,optional"`
	Trips   int32    `parquet:"avg_daily_trips"`
}

// drivers has an hourly row of each driver; in the last three hours drivers make more
// trips, and some of their rates are missing.
func drivers(random *rand.Rand, newest time.Time, hours int) (rows []driver) {
	for hour := hours - 1; hour >= 0; hour-- {
		at := newest.Add(-time.Duration(hour) * time.Hour).UnixMilli()
		for id := range int64(numDrivers) {
			accept := random.Float64()
			d := driver{Time: at, Created: at + 90_000, ID: id, Rate: random.Float64() * 0.5, Accept: &accept, Trips: int32(random.IntN(500))}
			if hour < 3 {
				d.Trips += 400
				if random.Float64() < 0.1 {
					d.Accept = nil
				}
			}
			rows = append(rows, d)
		}
	}
	return rows
}

// deliver adds a file to the table, and materializes the last rows of it.
func deliver(dir string, rows []driver, last int) error {
	data := filepath.Join(dir, "data")
	name := fmt.Sprint(rows[len(rows)-1].Time) + ".parquet"
	hidden := filepath.Join(data, "driver_stats", "_"+name) // until it is complete
	return errors.Join(
		writeTable(hidden, rows),
		os.Rename(hidden, filepath.Join(data, "driver_stats", name)),
		writeOnline(filepath.Join(data, "online.db"), rows[len(rows)-last:]),
	)
}

func writeTable(path string, rows []driver) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := pq.NewGenericWriter[driver](f)
	_, err = w.Write(rows)
	return errors.Join(err, w.Close(), f.Close())
}

const onlineTable = feasttest.Project + "_driver_hourly_stats"

// writeOnline replaces what the online store has of some drivers: one in five is
// missing, one has a row of an hour before, and one another number of trips.
func writeOnline(path string, rows []driver) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	_, err = tx.Exec("CREATE TABLE IF NOT EXISTS " + onlineTable + " (entity_key BLOB, feature_name TEXT, value BLOB, event_ts timestamp)")
	for _, d := range rows {
		if err == nil && d.ID%5 != 0 {
			err = materialize(tx, d)
		}
	}
	return errors.Join(err, tx.Commit())
}

func materialize(to executor, d driver) error {
	at, trips := time.UnixMilli(d.Time).UTC(), int64(d.Trips)
	switch d.ID % 5 {
	case 1:
		at = at.Add(-time.Hour)
	case 2:
		trips++
	}
	key := append([]byte("\x01\x00\x00\x00\x02\x00\x00\x00\x09\x00\x00\x00driver_id\x04\x00\x00\x00\x08\x00\x00\x00"), byte(d.ID), 0, 0, 0, 0, 0, 0, 0)
	if _, err := to.Exec("DELETE FROM "+onlineTable+" WHERE entity_key = ?", key); err != nil {
		return err
	}
	for feature, value := range map[string][]byte{
		"conv_rate":       feasttest.Message(feasttest.Float(6, float32(d.Rate))),
		"acc_rate":        feasttest.Message(feasttest.Float(6, float32(*cmp.Or(d.Accept, new(float64))))),
		"avg_daily_trips": feasttest.Message(feasttest.Number(4, trips)),
	} {
		if _, err := to.Exec("INSERT INTO "+onlineTable+" VALUES (?, ?, ?, ?)", key, feature, value, at.Format(time.DateTime)); err != nil {
			return err
		}
	}
	return nil
}

type executor interface {
	Exec(query string, args ...any) (sql.Result, error)
}

// insert adds a row to the table of customers.
func insert(to executor, random *rand.Rand, at time.Time) error {
	_, err := to.Exec("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)", random.IntN(1e6), at.UTC().Format("2006-01-02 15:04:05.000"),
		random.IntN(20), random.ExpFloat64()*80, []string{"new", "regular", "vip"}[random.IntN(3)], random.Float64())
	return err
}

// fill makes the table of customers, with a row of each second of the last hour.
func fill(db *sql.DB, random *rand.Rand) error {
	const table = `PRAGMA journal_mode = WAL;
CREATE TABLE customers (customer INTEGER, changed TIMESTAMP, orders_7d INTEGER, spend_7d REAL, segment TEXT, churn_score REAL)`
	if _, err := db.Exec(table); err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	now := time.Now()
	for at := now.Add(-time.Hour); at.Before(now) && err == nil; at = at.Add(time.Second) {
		err = insert(tx, random, at)
	}
	return errors.Join(err, tx.Commit())
}

// grow adds a row each second, and each minute rows of every other driver: those of
// the other half are the same in the table, as far as it was read, and in the online
// store, and only equal rows are compared.
func grow(ctx context.Context, dir string, db *sql.DB, random *rand.Rand) error {
	row, file := time.NewTicker(time.Second), time.NewTicker(time.Minute)
	defer row.Stop()
	defer file.Stop()
	for odd := int64(0); ; {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case now := <-row.C:
			err = insert(db, random, now)
		case now := <-file.C:
			rows := drivers(random, now.Truncate(time.Second), 1) // the online store keeps seconds
			rows = slices.DeleteFunc(rows, func(d driver) bool { return d.ID%2 != odd })
			odd = 1 - odd
			err = deliver(dir, rows, len(rows))
		}
		if err != nil {
			return err
		}
	}
}
