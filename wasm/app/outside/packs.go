package outside

import (
	"slices"
	"strings"
)

// Came is the answer where so many bytes are in pack, and the connection then ended with a fault,
// "" for none. sum is asked for only where their number is right.
func (e GetPack) Came(pack Object, bytes int64, fault string, sum func() string) GotPack {
	switch {
	case bytes < e.Bytes:
		return GotPack{Error: fault, Part: pack, Bytes: bytes}
	case bytes > e.Bytes, sum() != e.SHA256:
		return GotPack{Bytes: bytes, Wrong: true}
	}
	return GotPack{Bytes: bytes, Pack: pack}
}

// Drops tells whether what is kept under an address is none of the packs that are wanted.
func (e KeepPack) Drops(address string) bool {
	at := strings.LastIndex(address, "/weights/")
	return at < 0 || !slices.Contains(e.Wanted, address[at+1:])
}
