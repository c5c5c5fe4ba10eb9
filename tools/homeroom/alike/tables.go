package alike

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/whole"
)

// A row is a line of a table.
type row interface {
	head() []string
	cells() []string
}

// copied is a photo of a group of duplicates.
type copied struct {
	Group     int    `parquet:"group"` // from 1
	Kind      string `parquet:"kind,dict"`
	File      string `parquet:"file"`
	FileBytes []byte `parquet:"file_bytes,optional"` // where the name is not UTF-8
	Width     int    `parquet:"width"`
	Height    int    `parquet:"height"`
	Size      int64  `parquet:"bytes"` // 0 in an archive
}

func (copied) head() []string {
	return []string{"group", "kind", "file", "width", "height", "bytes", "file_bytes"}
}

func (c copied) cells() []string {
	return []string{strconv.Itoa(c.Group), c.Kind, c.File, strconv.Itoa(c.Width), strconv.Itoa(c.Height), strconv.FormatInt(c.Size, 10), base64.StdEncoding.EncodeToString(c.FileBytes)}
}

// likened is a photo with how near it is to another, the nearest first.
type likened struct {
	File   string  `json:"file" parquet:"file"`
	Bytes  []byte  `json:"file_bytes,omitempty" parquet:"file_bytes,optional"` // where the name is not UTF-8
	Cosine float64 `json:"cosine" parquet:"cosine"`
}

func (likened) head() []string { return []string{"file", "cosine", "file_bytes"} }

func (l likened) cells() []string {
	return []string{l.File, strconv.FormatFloat(l.Cosine, 'f', 6, 64), base64.StdEncoding.EncodeToString(l.Bytes)}
}

// check says before the work which table cannot be written.
func check(t *naming.Tables, files []photofile.File) error {
	var inputs []string
	for i := range files {
		if !files[i].Packed() {
			inputs = append(inputs, files[i].Path)
		}
	}
	for _, path := range []string{t.CSV, t.JSONL, t.Parquet} {
		if path == "" || path == "-" {
			continue
		}
		if err := whole.Check(path, inputs...); err != nil {
			return err
		}
	}
	return nil
}

// tell writes all that is wanted: objects as JSON, rows as tables, or the text for people where
// neither is. Of failed photos each was told.
func tell[O any, R row](con *console.Console, t *naming.Tables, asJSON bool, text string, objects []O, rows []R, failed int) error {
	lines := func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for i := range objects {
			if err := e.Encode(objects[i]); err != nil {
				return err
			}
		}
		return nil
	}
	var all []error
	if asJSON {
		all = append(all, lines(con.Out))
	} else if !t.Any() {
		_, err := io.WriteString(con.Out, text)
		all = append(all, err)
	}
	for _, one := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{t.CSV, func(w io.Writer) error { return writeCSV(w, rows) }},
		{t.JSONL, lines},
		{t.Parquet, func(w io.Writer) error { return writeParquet(w, rows) }},
	} {
		switch one.path {
		case "":
		case "-":
			all = append(all, one.write(con.Out))
		default:
			all = append(all, whole.Write(one.path, 0o666, one.write))
		}
	}
	err := errors.Join(all...)
	if err == nil && failed > 0 {
		err = console.ErrSome
	}
	return err
}

func writeCSV[R row](w io.Writer, rows []R) error {
	c := csv.NewWriter(w)
	var none R
	if err := c.Write(none.head()); err != nil {
		return err
	}
	for _, r := range rows {
		if err := c.Write(r.cells()); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func writeParquet[R row](w io.Writer, rows []R) error {
	p := parquet.NewGenericWriter[R](w, parquet.Compression(&zstd.Codec{}), parquet.CreatedBy("homeroom", "", ""))
	_, err := p.Write(rows)
	return errors.Join(err, p.Close())
}
