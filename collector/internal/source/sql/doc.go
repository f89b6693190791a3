// Package sql reads tables of PostgreSQL, MySQL, MariaDB, SQLite and ClickHouse as
// they grow. Nothing is written, and no connection is open between polls.
//
// # Rows
//
// In mode rows each row comes once. A poll is one snapshot (a read-only transaction
// of repeatable read; ClickHouse has none). It begins as far behind the newest
// watermark as the overlap says and reads page by page in the order of watermark
// and key; a page begins at the last row of the one before, so that rows that are
// equal in both count as many times as there are, also where the server takes keys for
// equal that are not (words in another case). Rows within the overlap are
// remembered by a hash of watermark and key: late ones are new, others are not. The
// positions are the newest watermark and what is remembered, in segments of which a
// batch writes one; with more than maxRemembered rows within the overlap the older
// half is forgotten with a warning, and nothing late is looked for before the rest.
//
// # Counts
//
// In mode aggregate the server counts: rows, missing values, values by the
// baseline's bins and categories, moments, and the registers of a HyperLogLog, by
// pane of the windows. The watermark is the event time. Panes within the overlap are
// counted again at each poll, and what is more than before is new. What is less was
// deleted and stays counted; if it comes back it is not counted again. Where rows of
// a bin disappeared the new values of its column are in bins but in no moments. A
// row that is changed in place is another one where it is now. When the columns of
// the table or the bins change, what was counted is left as it is, and late rows
// before that moment are not looked for.
//
// # Errors
//
// Whatever goes wrong (no server, no permission, a statement that takes too long, a
// watermark or key that is gone) is part of Status and tried again; counting goes
// on where it was.
//
// # Known limitations
//
//   - Rows whose watermark is null or infinite are not read. A row without a value in
//     its key stops the source with an error.
//   - Rows later than the overlap are not read.
//   - Mode aggregate finds no undeclared sentinels, and knows no segments, ids,
//     latency or errors: keys that come twice are not counted, and how late rows were
//     written is not known. ClickHouse, which has no transactions, may count a row in one
//     column and not in another if it appears between two statements; the difference
//     is made up at the next poll, within the overlap.
//   - In SQLite times are texts, which must sort: others are an error, found by a look at
//     all rows at the first poll and at those since a day before the overlap later. Mode
//     aggregate reads them to the millisecond.
package sql
