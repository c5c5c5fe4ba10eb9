// Package console is what every command shares: where it prints, what its arguments may be, and how
// numbers, names and progress are written.
package console

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// Console is what a command has of the world.
type Console struct {
	Context  context.Context // ends when the command is to end
	Out, Err io.Writer
	Terminal io.Writer   // that progress is shown on; nil for none
	In       io.Reader   // standard input, nil for none
	Finishes atomic.Bool // the command ends by itself soon after ctx, and wants to
	ends     []func() error
}

// After has end called when the command is over.
func (con *Console) After(end func() error) { con.ends = append(con.ends, end) }

// Close calls what is to be called when the command is over.
func (con *Console) Close() {
	for _, end := range con.ends {
		_ = end() // of files that were only read
	}
}

// ErrSome says that some photos failed, each of which was reported already.
var ErrSome = errors.New("some photos failed")
