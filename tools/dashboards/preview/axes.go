package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"time"
)

// scale maps values to pixels.
type scale struct{ from, to, zero, length float64 }

func (s scale) at(x float64) float64 {
	return s.zero + (x-s.from)/(s.to-s.from)*s.length
}

// ticks are a few round values of a range.
func ticks(from, to float64) (all []float64) {
	step := math.Pow10(int(math.Floor(math.Log10((to - from) / 4))))
	for _, f := range []float64{1, 2, 2.5, 5, 10} {
		if (to-from)/(step*f) <= 5 {
			step *= f
			break
		}
	}
	for x := math.Ceil(from/step) * step; x <= to+step/1e6; x += step {
		all = append(all, math.Round(x/step)*step)
	}
	return all
}

// texts are values with as many digits as it takes to tell them apart.
func texts(marks []float64, unit string) (all []string) {
	for decimals := -1; decimals < 6; decimals++ {
		all = nil
		for _, y := range marks {
			n := &decimals
			if decimals < 0 {
				n = nil
			}
			all = append(all, format(y, unit, n))
		}
		if len(slices.Compact(slices.Clone(all))) == len(all) {
			break
		}
	}
	return all
}

// chart is the space that axes leave.
type chart struct {
	x, y          scale
	width, height float64
}

// axes begins a picture with the axis of values, which ends above what is written
// under it.
func (d *draw) axes(w *strings.Builder, width, height, bottom, low, high float64, s style) chart {
	if s.min != nil {
		low = *s.min
	}
	if s.max != nil {
		high = *s.max
	}
	if !(high > low) {
		low, high = low-1, low+1
		if low == -1 {
			low = 0
		}
	}
	marks := ticks(low, high)
	texts, widest := texts(marks, s.unit), 0
	for _, text := range texts {
		widest = max(widest, len([]rune(text)))
	}
	left := float64(14 + 6*widest)
	c := chart{scale{d.p.from, d.p.to, left, width - left - 10}, scale{low, high, bottom, 6 - bottom}, width, height}
	fmt.Fprintf(w, `<svg width="%.0f" height="%.0f">`, width, height)
	for i, y := range marks {
		fmt.Fprintf(w, `<line class="grid" x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f"/><text x="%.0f" y="%.1f" text-anchor="end">%s</text>`,
			left, width-10, c.y.at(y), c.y.at(y), left-6, c.y.at(y)+4, html.EscapeString(texts[i]))
	}
	return c
}

// times writes the clock under a picture.
func (c chart) times(w *strings.Builder) {
	span := c.x.to - c.x.from
	step := 60.0
	for _, s := range []float64{60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400} {
		if step = s; span/s*75 <= c.x.length {
			break
		}
	}
	for t := math.Ceil(c.x.from/step) * step; t <= c.x.to-span/30; t += step {
		fmt.Fprintf(w, `<text x="%.0f" y="%.0f" text-anchor="middle">%s</text>`, c.x.at(t), c.height-4, time.Unix(int64(t), 0).UTC().Format("15:04"))
	}
}
