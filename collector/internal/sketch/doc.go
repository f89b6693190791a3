// Package sketch summarises a column of values so that summaries of parts add up
// to the summary of the whole, whatever the parts and their order: counts by bin,
// moments, and the number of distinct values. Bins is fixed by the baseline,
// immutable and shared; what is added up belongs to its holder. Everything works
// on a whole column of a batch at a time and allocates nothing.
package sketch
