package feast

// Numbers of feast.types.ValueType, which are also those of the fields of a
// feast.types.Value.
const (
	typeBytes  = 1
	typeString = 2
	typeInt32  = 3
	typeInt64  = 4
	typeDouble = 5
	typeFloat  = 6
	typeBool   = 7
	typeTime   = 8
)
