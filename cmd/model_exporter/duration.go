package main

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
)

// duration is a flag in Prometheus' notation: 15s, 1h, 30d.
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := model.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration; write one such as 15s, 1h or 30d", text)
	}
	*d = duration(parsed)
	return nil
}
