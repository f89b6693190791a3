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
// the mapping takes one, its rows are counted as nested values. Parts of a path
// like day=2026-11-01 are columns, unless the file has a column of that name.
// Timestamps and dates that are features count as seconds since 1970, times of day
// as seconds since midnight. Timestamps without a zone are read in the time zone
// that the mapping names. Only columns that the mapping uses are read.
//
// # Known limitations
//
//   - Rows that are added to a row group that was read before (a file of one row
//     group that is rewritten as a longer one) make it another file: all its rows
//     come again. Append row groups, or add files.
//   - A file that is moved within the paths is another file.
//   - A file that is changed in place while it is read is read on only after it
//     was recognised again; what it had before and was not read yet is lost.
package parquet
