package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// result is what one batch found, a line of the file of results.
type result struct {
	Seed     uint64  `json:"seed"` // of the first model
	Models   int     `json:"models"`
	Days     float64 `json:"days"` // of each
	Training float64 `json:"training_days"`
	Budget   float64 `json:"budget"`
	CPU      float64 `json:"cpu_seconds"` // of the process, since the batch before was done
	Found    []alarm `json:"found"`
}

// alarm is an alert that began to fire.
type alarm struct {
	Name     string    `json:"name"`
	Priority string    `json:"priority"`
	At       time.Time `json:"at"`
	Labels   string    `json:"labels"`
}

// results are the batches that are done, here or before.
type results struct {
	o     options
	known map[uint64]result // read from the file, by seed
	file  *os.File          // nil without one

	mu  sync.Mutex
	cpu float64 // up to the last result
}

// openResults reads the batches of a file that are those of these options.
func openResults(o options) (*results, error) {
	r := &results{o: o, known: map[uint64]result{}, cpu: cpuSeconds()}
	if o.results == "" {
		return r, nil
	}
	var err error
	if r.file, err = os.OpenFile(o.results, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(r.file)
	for n := 1; lines.Scan(); n++ {
		var b result
		if err := json.Unmarshal(lines.Bytes(), &b); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", o.results, n, err)
		}
		if own := r.of(b.Seed, nil, b.CPU); own.Models == b.Models && own.Days == b.Days && own.Training == b.Training && own.Budget == b.Budget {
			r.known[b.Seed] = b
		}
	}
	return r, lines.Err()
}

func (r *results) of(seed uint64, found []alarm, cpu float64) result {
	return result{seed, r.o.models, r.o.span.Hours() / 24, r.o.training.Hours() / 24, r.o.budget, cpu, found}
}

// result is that of a batch which has just been run.
func (r *results) result(seed uint64, found []alarm) result {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.cpu
	r.cpu = cpuSeconds()
	return r.of(seed, found, r.cpu-before)
}

// add writes a batch to the file, if it is new.
func (r *results) add(b result) error {
	if _, old := r.known[b.Seed]; old || r.file == nil {
		return nil
	}
	line, err := json.Marshal(b)
	if err == nil {
		_, err = r.file.Write(append(line, '\n'))
	}
	return err
}

func (r *results) close() {
	if r.file != nil {
		_ = r.file.Close() // each line was written at once
	}
}

// cpuSeconds is what this process has used so far.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
