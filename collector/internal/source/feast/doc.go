// Package feast discovers what a Feast feature store holds. It reads
// feature_store.yaml and the registry, and turns each feature view into a table to
// read and a model to monitor: with the names and types of its features, its join
// keys as ids, its TTL as freshness objective and its owner. Logs that feature
// services write become tables, too.
//
// The registry is a stranger's bytes: it is bounded, unknown fields are skipped,
// and a view that cannot be read is named with the reason, beside those that can.
//
// # When
//
// Views are discovered at the start, on every reload, and when the registry is
// found changed at a poll: new views are set up and removed ones given up without
// a restart. A repository that cannot be understood is an error of the
// configuration; a registry that cannot be reached is waited for.
//
// # Known limitations
//
//   - Offline stores are read where they are Parquet files or PostgreSQL, registries
//     where they are files, local or at s3://, or in PostgreSQL or SQLite.
//   - Whether all rows of a table in PostgreSQL have the time of their writing is asked
//     when it is discovered. If rows lack it later, they are not read before a restart.
//   - Features that are lists, maps, bytes or documents are not monitored.
package feast
