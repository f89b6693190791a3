// Package parquet reads tables that are kept as Parquet files, local or in an
// S3-compatible object storage. Each row comes once: rows that are appended, files
// that are added and restarts at any row change nothing about that.
//
// # Identity
//
// A file is known by its path, and what was read of it by its content: what the
// footer says of each row group, statistics included, and the bytes at its ends.
// A file that is replaced is continued if the row groups that were read are the
// same; else it is another one and read from its beginning. A file that was written
// again with the same content adds nothing.
//
// Of a file that replaces another one at its path only those rows count that are
// later than the newest one of the path when it was last read to its end: by the
// time of their writing where a feature store names that column (created) and the row
// has it, else by the time of their event. So a file may be written again with more
// rows, in any order, as Feast does. Rows of exactly the newest time are told by their
// id, or by their values; if more than 1024 have it, none of that time is read again.
// Rows that are late in a file that was written again are read if they have a time of
// writing, else not; nor are rows without any time, and rows that were changed. Files
// whose rows have no times are read from their beginning, all rows of them.
//
// # Looking
//
// Paths are listed every poll interval. A file whose size and time (or ETag) are
// what they were is not opened. Files are read one after the other, the oldest
// first. One without a footer is still being written and looked at again when it
// has changed; a damaged one is used up to the damage, counted, and tried again
// when it has changed. An error of the disk or the network is overcome by waiting.
//
// # Columns
//
// Structs are their fields, by dotted names. Lists and maps are not read: where
// the mapping takes one, its rows are counted as nested values, which no baseline
// describes. Parts of a path like day=2026-11-01 are columns, unless the file has a
// column of that name. Timestamps and dates that are features count as seconds since 1970, times of day
// as seconds since midnight. Timestamps without a zone are read in the time zone
// that the mapping names. Only columns that the mapping uses are read.
//
// # Known limitations
//
//   - Where rows have no times, rows that are added to a row group that was read
//     before make it another file: all its rows come again. So do those of a file that
//     was replaced before it was read to its end, the first time. Append row groups, or
//     add files.
//   - Rows that are no events are rejected each time their file is written again.
//   - A file that is moved within the paths is another file.
//   - A file that is changed in place while it is read is read on only after it
//     was recognised again; what it had before and was not read yet is lost.
package parquet
