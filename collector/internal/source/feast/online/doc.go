// Package online compares what a Feast feature store serves with the table that it
// was filled from. A random sample of the table's entities is looked up in the
// online store: which of them are missing there, older or expired, and whose values
// differ though they are of the same event time (training-serving skew).
//
// Keys and values are read as Feast writes them: entity keys of serialization
// versions 2 and 3, values as feast.types.Value, Redis fields by their murmur3
// hash. Nothing is written, and nothing is scanned: a look costs as many reads as
// there are entities in the sample.
//
// A Redis is reached as its connection_string says: host:port and the options db,
// username, password, ssl, and ssl_ca_certs for a file of authorities of its own.
//
// An entity is sampled when a row of it is read. A sample can be saved, so that a
// restart goes on with the same entities; FORMAT.md describes how.
package online
