package outside

import (
	"fmt"
	"slices"
	"strings"
)

// GoesOn tells what of a pack is here already and goes on with what a server answered with a status
// and a range: From bytes of Part; or nothing, where the host sends no parts and sends all of it.
// Another answer is none.
func (e GetPack) GoesOn(status int, contentRange string) (part Object, from int64, ok bool) {
	switch {
	case status == 200:
		return nil, 0, true
	case status == 206 && strings.HasPrefix(contentRange, fmt.Sprintf("bytes %d-", e.From)):
		return e.Part, e.From, true
	}
	return nil, 0, false
}

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
