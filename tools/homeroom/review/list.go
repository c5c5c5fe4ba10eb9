package review

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"homeroom/tools/homeroom/naming"
)

// columns are those of a list. A person fills in answer.
var columns = []string{"number", "file", "best", "score", "second", "second_score", "note", "answer", "sha256", "file_bytes"}

// byteOrder has spreadsheets read a table as UTF-8.
const byteOrder = "\ufeff"

// writeList writes photos as a table for spreadsheets, with an empty column for answers.
func writeList(w io.Writer, tabs bool, photos []*naming.Named) error {
	if _, err := io.WriteString(w, byteOrder); err != nil {
		return err
	}
	table := csv.NewWriter(w)
	if tabs {
		table.Comma = '\t'
	}
	if err := table.Write(columns); err != nil {
		return err
	}
	for i, r := range photos {
		row := []string{strconv.Itoa(i + 1), shown(r.File)}
		for k := range 2 {
			label, score := "", ""
			if k < len(r.Results) {
				label, score = harmless(r.Results[k].Label), strconv.FormatFloat(r.Results[k].Score, 'f', 4, 64)
			}
			row = append(row, label, score)
		}
		coded := ""
		if !utf8.ValidString(r.File) {
			coded = base64.StdEncoding.EncodeToString([]byte(r.File))
		}
		if err := table.Write(append(row, note(r), "", hex.EncodeToString(r.Sum[:]), coded)); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

// note says why a photo is unsure, where its scores do not.
func note(r *naming.Named) string {
	switch {
	case r.Unknown:
		return "unlike every class"
	case r.Damaged != "":
		return "damaged: what was there is named"
	}
	return ""
}

// formula tells whether spreadsheets take a cell for one.
func formula(text string) bool { return text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) }

// harmless is a name that no spreadsheet takes for a formula.
func harmless(text string) string {
	if text = strings.ToValidUTF8(text, "�"); formula(text) {
		return "'" + text
	}
	return text
}

// shown is a path that no spreadsheet takes for a formula, and that leads to the same file.
func shown(path string) string {
	if formula(path) {
		path = "./" + path
	}
	return strings.ToValidUTF8(path, "�")
}

// An answer is a row of a list in which a person wrote something.
type answer struct {
	line  int
	path  string
	class string
	sum   [32]byte
	known bool // the list says sum
}

// Limits of a list.
const (
	maxList = 256 << 20
	maxRows = 1_000_000
)

// readList reads the answers of a list, as any spreadsheet saves it: with commas, semicolons or
// tabs, in UTF-8 or UTF-16, its columns in any order and with others between them.
func readList(in io.Reader) ([]answer, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxList+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxList {
		return nil, fmt.Errorf("it is longer than %d MB", maxList>>20)
	}
	if data, err = plain(data); err != nil {
		return nil, err
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	table := csv.NewReader(bytes.NewReader(data))
	table.FieldsPerRecord, table.LazyQuotes = -1, true
	for _, sign := range ";\t" {
		if bytes.Count(first, []byte(string(sign))) > bytes.Count(first, []byte(string(table.Comma))) {
			table.Comma = sign
		}
	}
	head, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("it has no head of columns: %w", err)
	}
	at := map[string]int{}
	for i, name := range head {
		if name = strings.ToLower(strings.TrimSpace(name)); slices.Contains(columns, name) {
			at[name] = i
		}
	}
	for _, name := range []string{"file", "answer"} {
		if _, there := at[name]; !there {
			return nil, fmt.Errorf("it has no column %q: take a list that homeroom review wrote", name)
		}
	}
	var out []answer
	for range maxRows {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := table.FieldPos(0)
		cell := func(name string) string {
			if i, there := at[name]; there && i < len(row) {
				return row[i]
			}
			return ""
		}
		a := answer{line: line, path: cell("file"), class: strings.TrimSpace(cell("answer"))}
		if a.class == "" {
			continue
		}
		if coded := strings.TrimSpace(cell("file_bytes")); coded != "" {
			path, err := base64.StdEncoding.DecodeString(coded)
			if err != nil {
				return nil, fmt.Errorf("line %d: file_bytes is no base64", line)
			}
			a.path = string(path)
		}
		if a.path == "" {
			return nil, fmt.Errorf("line %d has an answer and no file", line)
		}
		if text := strings.TrimSpace(cell("sha256")); text != "" {
			sum, err := hex.DecodeString(text)
			if err != nil || len(sum) != len(a.sum) {
				return nil, fmt.Errorf("line %d: %.20q is no SHA-256; take the column as it was written", line, text)
			}
			a.sum, a.known = [32]byte(sum), true
		}
		out = append(out, a)
	}
	return nil, fmt.Errorf("it has more than %d rows", maxRows)
}

// plain is a text as UTF-8, without a mark of its byte order.
func plain(data []byte) ([]byte, error) {
	low := bytes.HasPrefix(data, []byte("\xff\xfe"))
	if low || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		units := make([]uint16, 0, len(data)/2)
		for i := 2; i+1 < len(data); i += 2 {
			a, b := uint16(data[i]), uint16(data[i+1])
			if low {
				a, b = b, a
			}
			units = append(units, a<<8|b)
		}
		return []byte(string(utf16.Decode(units))), nil
	}
	data = bytes.TrimPrefix(data, []byte(byteOrder))
	if !utf8.Valid(data) {
		return nil, errors.New("it is not in UTF-8, so that names could be others than they were; save it as CSV UTF-8")
	}
	return data, nil
}
