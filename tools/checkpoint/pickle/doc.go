// Package pickle reads Python pickles, protocols 0 to 5, as data. Nothing is ever executed: what
// Python would import is a [Global], a name and no more; what it would call or construct becomes an
// [Object], a record of the name and its arguments; a persistent id becomes a [Persistent].
//
// That alone makes a hostile pickle harmless, but not welcome: a file that asks for os.system is no
// checkpoint and should be reported as what it is. So [Options.Allow] says what each name may be
// used for, and the first use beyond that ends the reading with an [UnsafeError] that bears the
// name.
//
// # Python to Go
//
//	None                             nil
//	bool                             bool
//	int                              int64, or *big.Int where that is too small
//	float                            float64
//	str                              string, or *Span where it is long
//	str of Python 2                  string holding its raw bytes, or *Span
//	bytes, bytearray                 Bytes, or *Span
//	list, set, frozenset             *List
//	tuple                            Tuple
//	dict                             *Dict
//	a class or function by name      Global
//	anything else                    *Object
//
// A [Span] says where in the file a long string lies, so that an array of half a gigabyte inside a
// pickle is never in memory as a whole.
//
// # Limits
//
// Each instruction is charged for the memory it takes, against [Options.Memory]; a length written
// in the stream is compared with the bytes that remain before anything is allocated; the memo is a
// map, so a huge index costs nothing. The machine has an explicit stack and doesn't recurse.
// Objects may be shared and cyclic, so whoever walks the result must bound depth and visits.
package pickle
