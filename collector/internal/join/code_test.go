package join

import (
	"bytes"
	"testing"
)

// FuzzTime: any time comes back from any bucket, and any bytes are read or
// refused.
func FuzzTime(f *testing.F) {
	f.Add(int64(0), int64(0), []byte{})
	f.Add(int64(-1<<63), int64(1<<62), []byte{8<<2 | 3, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Add(int64(1<<63-1), int64(-1<<62), []byte{4 << 2, 1})
	f.Add(int64(1_700_000_000_000_000_000), int64(1_699_999_999_000_000_000), []byte{0xff})
	f.Fuzz(func(t *testing.T, at, from int64, b []byte) {
		written := appendTime([]byte("x"), at, from)[1:]
		got, rest, err := decodeTime(append(written[:len(written):len(written)], "rest"...), from)
		if err != nil || got != at || string(rest) != "rest" || len(written) > maxHead {
			t.Fatalf("%d from %d: got %d, rest %q, %v, from %x", at, from, got, rest, err, written)
		}
		got, rest, err = decodeTime(b, from)
		if err != nil {
			return
		}
		if !bytes.HasSuffix(b, rest) || len(appendTime(nil, got, from)) > len(b)-len(rest) {
			t.Fatalf("%x: time %d, rest %x", b, got, rest)
		}
	})
}

// FuzzKeys: a key that is read is the key that would be written.
func FuzzKeys(f *testing.F) {
	var t Table
	f.Add(t.appendBucketKey(nil, bucketKind, 1, 2))
	f.Add(t.appendPredictionKey(nil, Key{1, 2}, 3))
	f.Add(t.appendWaitingKey(nil, Key{1, 2}, 3))
	f.Add([]byte("p"))
	f.Fuzz(func(test *testing.T, b []byte) {
		if model, serial, err := decodeBucketKey(b); err == nil && !bytes.Equal(t.appendBucketKey(nil, bucketKind, model, serial), b) {
			test.Errorf("bucket %x: %d %d", b, model, serial)
		}
		if k, serial, err := decodePredictionKey(b); err == nil && !bytes.Equal(t.appendPredictionKey(nil, k, serial), b) {
			test.Errorf("prediction %x: %v %d", b, k, serial)
		}
		if k, seq, err := decodeWaitingKey(b); err == nil && !bytes.Equal(t.appendWaitingKey(nil, k, seq), b) {
			test.Errorf("label %x: %v %d", b, k, seq)
		}
		if k, err := decodeBucket(b); err == nil && !bytes.Equal(appendBucket(nil, &k), b) {
			test.Errorf("bucket %x: %v", b, k)
		}
		if at, label, err := decodeLabel(b); err == nil && !bytes.Equal(appendLabel(nil, at, label), b) {
			test.Errorf("label %x: %d %x", b, at, label)
		}
	})
}

// TestSuccessor: the end of a range is beyond all keys with the prefix.
func TestSuccessor(t *testing.T) {
	for prefix, want := range map[string]string{"a": "b", "a\x00": "a\x01", "a\xff\xff": "b", "\x00\xfe": "\x00\xff"} {
		if got := successor([]byte(prefix)); string(got) != want {
			t.Errorf("%q: got %q, want %q", prefix, got, want)
		}
	}
}
