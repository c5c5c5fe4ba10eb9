package result

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// CSV writes a row for each result, with so many names.
func CSV(w io.Writer, top int) (Writer, error) {
	c := &table{csv.NewWriter(w), top}
	head := []string{"file", "label", "score"}
	for k := 2; k <= top; k++ {
		head = append(head, fmt.Sprintf("label_%d", k), fmt.Sprintf("score_%d", k))
	}
	if err := c.csv.Write(append(head, "unknown", "width", "height", "taken", "sequence", "damaged", "error", "file_bytes")); err != nil {
		return nil, err
	}
	return c, nil
}

type table struct {
	csv *csv.Writer
	top int
}

func (c *table) Write(r *Result) error {
	row := []string{valid(r.File)}
	for k := range c.top {
		label, score := "", ""
		if k < len(r.Results) {
			label, score = r.Results[k].Label, strconv.FormatFloat(r.Results[k].Score, 'f', 6, 64)
		}
		row = append(row, label, score)
	}
	unknown := ""
	if r.Taught && r.Error == "" {
		unknown = strconv.FormatBool(r.Unknown)
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	coded := ""
	if !utf8.ValidString(r.File) {
		coded = base64.StdEncoding.EncodeToString([]byte(r.File))
	}
	row = append(row, unknown, number(r.Width), number(r.Height), r.taken(), number(r.Sequence), r.Damaged, r.Error, coded)
	if err := c.csv.Write(row); err != nil {
		return err
	}
	c.csv.Flush() // so that what is written is whole lines, whatever ends the program
	return c.csv.Error()
}

func (c *table) Close() error {
	c.csv.Flush()
	return c.csv.Error()
}

func valid(text string) string { return strings.ToValidUTF8(text, "�") }

// column is a row of a Parquet file.
type column struct {
	File        string   `parquet:"file"`
	FileBytes   []byte   `parquet:"file_bytes,optional"` // where the name is not UTF-8
	Label       string   `parquet:"label,optional,dict"`
	Score       *float64 `parquet:"score,optional"`
	Results     []named  `parquet:"results,list"`
	Unknown     *bool    `parquet:"unknown,optional"`
	Strangeness *float64 `parquet:"strangeness,optional"`
	Width       int32    `parquet:"width"`
	Height      int32    `parquet:"height"`
	Taken       *int64   `parquet:"taken,optional,timestamp(millisecond)"`
	Sequence    *int32   `parquet:"sequence,optional"`
	Damaged     string   `parquet:"damaged,optional"`
	Error       string   `parquet:"error,optional"`
}

type named struct {
	Label string  `parquet:"label,dict"`
	Score float64 `parquet:"score"`
}

// rowGroup is the rows that are kept in memory until they are written.
const rowGroup = 10_000

// Parquet writes results as a Parquet file, compressed by Zstandard.
func Parquet(w io.Writer) Writer {
	return &columns{parquet.NewGenericWriter[column](w, parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(rowGroup), parquet.CreatedBy("homeroom", "", ""))}
}

type columns struct{ *parquet.GenericWriter[column] }

func (c *columns) Write(r *Result) error {
	row := column{File: valid(r.File), Width: int32(r.Width), Height: int32(r.Height), Damaged: r.Damaged, Error: r.Error}
	if !utf8.ValidString(r.File) {
		row.FileBytes = []byte(r.File)
	}
	if len(r.Results) > 0 {
		row.Label, row.Score = r.Results[0].Label, &r.Results[0].Score
	}
	for _, n := range r.Results {
		row.Results = append(row.Results, named{n.Label, n.Score})
	}
	if r.Taught && r.Error == "" {
		row.Unknown, row.Strangeness = &r.Unknown, &r.Strangeness
	}
	if r.Taken != 0 {
		row.Taken = &r.Taken
	}
	if r.Sequence != 0 {
		n := int32(r.Sequence)
		row.Sequence = &n
	}
	_, err := c.GenericWriter.Write([]column{row})
	return err
}
