// Package join holds predictions that wait for their labels. It remembers a
// value by model and id until a horizon, finds it again, keeps labels that came
// before their prediction for a while, and writes all of it into a batch of its
// caller's store, so that one atomic commit holds it together with the caller's
// own state. It knows neither predictions nor labels: values are the caller's
// bytes. A table has one owner and takes no lock.
//
// # How long a prediction is held
//
// Predictions lie in buckets of time: spans of a twelfth of the horizon, rounded
// up to whole seconds. A bucket is dropped as a whole when its end is no later
// than what Expire is given. With Expire(model, now-horizon) a prediction is
// found for at least its horizon and at most a bucket's span longer. A model has
// at most MaxBuckets buckets; when hostile times would need more, a prediction
// goes into the nearest one and lives and dies with it. Buckets keep their own
// span, so a changed horizon only makes new ones.
//
// # How a prediction is found
//
// An index in memory has 32 bits of a seeded hash of each id and the number of
// its bucket: six to eight bytes for each prediction. So an unknown id costs a
// cache miss and, but for one in four hundred at ten million, no read of the
// store; a known one costs one read, in one bucket, and the number of predictions
// is exact even when ids are repeated. New builds the index from one scan of the
// keys.
//
// What was put since the last Save is found in memory, and so is what the last
// Save wrote, because its commit may still be under way. Reads of the store are
// for older predictions only.
//
// # Format, version 1
//
// All keys start with the caller's prefix. Integers in keys are big-endian, so
// that the store's order is theirs; those in values are little-endian.
//
//	key                                             value
//	┌───┐                                           ┌─────────┐
//	│'v'│                                           │version=1│
//	└───┘                                           └─────────┘
//	┌───┬───────┬────────┐                          ┌──────┬──────┬───────┐
//	│'b'│model:4│serial:4│  a bucket                │from:8│span:8│count:8│
//	└───┴───────┴────────┘                          └──────┴──────┴───────┘
//	┌───┬───────┬────────┬────┐                     ┌──────┬─────────┬───────┐
//	│'p'│model:4│serial:4│id:8│  a prediction       │head:1│delta:0-8│value …│
//	└───┴───────┴────────┴────┘                     └──────┴─────────┴───────┘
//	┌───┬───────┬────┬─────┐                        ┌────┬───────┐
//	│'w'│model:4│id:8│seq:8│  a waiting label       │at:8│label …│
//	└───┴───────┴────┴─────┘                        └────┴───────┘
//
// serial numbers a bucket; it is never used for another one while anything of
// the old one is stored. from (Unix ns) and span (ns) are the bucket's, count is
// the number of its predictions. seq orders the labels that wait.
//
// A prediction's time is from + delta·unit. head is
//
//	 7 6   5 4 3 2   1 0
//	┌─────┬─────────┬──────┐   unit: 0 ns, 1 µs, 2 ms, 3 s
//	│0 0  │len delta│ unit │   delta: zigzag, as few bytes as it takes
//	└─────┴─────────┴──────┘
package join
