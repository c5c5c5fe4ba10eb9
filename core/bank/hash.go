package bank

import (
	"encoding/hex"

	"homeroom/core/fault"
)

// Hash is the SHA-256 of a photo's file; all zero where that is unknown. As text it is hexadecimal,
// or empty.
type Hash [32]byte

// MarshalText writes 64 hexadecimal digits, or nothing for zeros.
func (h Hash) MarshalText() ([]byte, error) {
	if h == (Hash{}) {
		return nil, nil
	}
	return []byte(hex.EncodeToString(h[:])), nil
}

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	*h = Hash{}
	if len(text) == 0 {
		return nil
	}
	if len(text) != 64 {
		return fault.Errorf("bank: a content hash has 64 digits, not %d", len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}
