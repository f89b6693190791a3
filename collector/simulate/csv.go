package simulate

// appendHeader appends the names of the columns.
func (g *generator) appendHeader(dst []byte) []byte {
	dst = append(dst, "id,timestamp,model,version"...)
	for i := range features {
		dst = append(dst, ',')
		dst = append(dst, features[i].name...)
	}
	dst = append(dst, ",prediction,score,latency_ms,error"...)
	if g.o.Labels {
		dst = append(dst, ",label"...)
	}
	return append(dst, '\n')
}

// appendRecord appends r as a CSV record, without the newline. Missing values
// are empty cells. Nothing in it needs quotes.
func (g *generator) appendRecord(dst []byte, r *row) []byte {
	dst = g.appendID(dst, g.at, r.seq)
	dst = append(dst, ',')
	dst = g.appendTime(dst, r.at)
	dst = append(dst, ',')
	dst = append(dst, g.o.Model...)
	dst = append(dst, ',')
	dst = append(dst, r.version...)
	for i := range features {
		dst = append(dst, ',')
		switch {
		case r.cell[i] == null:
		case r.cell[i] == word:
			dst = append(dst, r.word[i]...)
		case i >= merchantCategory:
			dst = append(dst, features[i].words[int(r.num[i])]...)
		default:
			dst = appendDecimal(dst, r.num[i], features[i].decimals)
			if r.cell[i] == quoted { // a bare number in quotes would still be one
				dst = append(dst, " EUR"...)
			}
		}
	}
	dst = append(dst, ',')
	if r.reason == "" {
		score := sigmoid(r.logit)
		dst = append(dst, class(score > threshold), ',')
		dst = appendDecimal(dst, score, 6)
	} else {
		dst = append(dst, ',')
	}
	dst = append(dst, ',')
	dst = appendDecimal(dst, r.latency, 3)
	dst = append(dst, ',')
	dst = append(dst, r.reason...)
	if g.o.Labels {
		dst = append(dst, ',', class(r.label))
	}
	return dst
}
