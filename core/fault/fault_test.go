package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"homeroom/core/fault"
)

func Example() {
	err := fault.Errorf("%q has %v rows: %w", "a.png", fault.Count(12345), io.ErrUnexpectedEOF)
	sentence, args := err.(fault.Said).Said()
	fmt.Println(err)
	fmt.Println(sentence, len(args))
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
	// Output:
	// "a.png" has 12,345 rows: unexpected EOF
	// %q has %v rows: %w 3
	// true
}

func TestCount(t *testing.T) {
	for n, want := range map[fault.Count]string{0: "0", 999: "999", 1000: "1,000", -123456: "-123,456", 1234567: "1,234,567"} {
		if got := n.String(); got != want {
			t.Errorf("%d is written %q, want %q", int64(n), got, want)
		}
	}
}
