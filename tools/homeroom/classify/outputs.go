package classify

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"homeroom/tools/archive/place"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/whole"
)

// outputs are the flags of tables.
type outputs struct{ naming.Tables }

// toldByOutput tells whether errors are printed with the results, so that they need not be told
// apart from them.
func (c *Command) toldByOutput() bool { return c.JSON || c.JSONL == "-" || c.CSV == "-" }

// open has work write to all outputs. Files come to their places when it has ended, with all whole
// rows that there are then, even where it failed.
func (o *outputs) open(con *console.Console, c *Command, files []photofile.File, work func(result.Writer) error) error {
	var inputs []string
	for i := range files {
		if !files[i].Packed() {
			inputs = append(inputs, files[i].Path)
		}
	}
	all := &writers{}
	if c.JSON {
		all.add(result.JSONL(con.Out), nil)
	}
	next := func() error {
		if len(all.all) == 0 && c.SortInto == "" && !c.DryRun {
			all.add(text{con.Out}, nil)
		}
		return errors.Join(work(all), all.Close())
	}
	for _, t := range []struct {
		path string
		make func(w io.Writer) (result.Writer, error)
	}{
		{o.CSV, func(w io.Writer) (result.Writer, error) { return result.CSV(w, c.Top) }},
		{o.JSONL, func(w io.Writer) (result.Writer, error) { return result.JSONL(w), nil }},
		{o.Parquet, func(w io.Writer) (result.Writer, error) { return result.Parquet(w), nil }},
	} {
		then := next
		switch t.path {
		case "":
		case "-":
			next = func() error {
				w, err := t.make(con.Out)
				if err != nil {
					return err
				}
				all.add(w, nil)
				return then()
			}
		default:
			if err := whole.Check(t.path, inputs...); err != nil {
				return err
			}
			next = func() error {
				var result error
				err := whole.Write(t.path, 0o666, func(w io.Writer) error {
					rows := &rows{to: w, path: t.path}
					made, err := t.make(rows)
					if err != nil {
						return err
					}
					all.add(made, rows)
					result = then()
					return rows.end()
				})
				return errors.Join(result, err)
			}
		}
	}
	return next()
}

// writers passes results on to several. After one fails nothing more is written to it.
type writers struct {
	all []*output
}

type output struct {
	result.Writer
	rows   *rows
	closed bool
	failed bool // which was told
}

func (w *writers) add(one result.Writer, rows *rows) {
	w.all = append(w.all, &output{Writer: one, rows: rows})
}

func (w *writers) Write(r *result.Result) error {
	for _, o := range w.all {
		if err := o.Writer.Write(r); err != nil {
			o.failed = true
			return err
		}
		if o.rows != nil {
			o.rows.mark()
		}
	}
	return nil
}

func (w *writers) Close() error {
	var all []error
	for _, o := range w.all {
		if o.closed {
			continue
		}
		o.closed = true
		err := o.Writer.Close()
		if err == nil && o.rows != nil {
			o.rows.mark()
		}
		if !o.failed {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// rows is a file that may be cut back to its last whole row, where the disk takes no more.
type rows struct {
	to         io.Writer
	path       string
	n, whole   int64
	incomplete bool
}

func (r *rows) Write(data []byte) (int, error) {
	n, err := r.to.Write(data)
	r.n += int64(n)
	if err != nil {
		r.incomplete = true
		var at *fs.PathError // names a file that is beside it until it is finished
		if errors.As(err, &at) {
			err = at.Err
		}
		if errors.Is(err, syscall.ENOSPC) {
			err = place.ErrFull
		}
		err = fmt.Errorf("%s can't be written further: %w; it has what was named so far", r.path, err)
	}
	return n, err
}

// mark tells that what was written so far is whole.
func (r *rows) mark() {
	if !r.incomplete {
		r.whole = r.n
	}
}

// end cuts off what is not whole.
func (r *rows) end() error {
	if f, is := r.to.(*os.File); is && r.whole < r.n {
		return f.Truncate(r.whole)
	}
	return nil
}
