package naming

import (
	"errors"
	"fmt"
)

// Tables are the flags of commands that write what they tell as tables, too.
type Tables struct {
	CSV     string `name:"csv" placeholder:"FILE" help:"Write a table, a row a photo. - is standard output."`
	JSONL   string `name:"jsonl" placeholder:"FILE" help:"Write the objects of --json, each on a line."`
	Parquet string `name:"parquet" placeholder:"FILE" help:"Write a Parquet file."`
}

// Validate is called by kong.
func (t *Tables) Validate() error {
	to := map[string]string{}
	for flag, path := range map[string]string{"--csv": t.CSV, "--jsonl": t.JSONL, "--parquet": t.Parquet} {
		if other, twice := to[path]; path != "" && twice {
			return fmt.Errorf("%s and %s: both are to be %s", min(flag, other), max(flag, other), path)
		}
		to[path] = flag
	}
	if t.Parquet == "-" {
		return errors.New("--parquet -: a Parquet file is for programs; name a file")
	}
	return nil
}

// Any tells whether one is to be written.
func (t *Tables) Any() bool { return t.CSV != "" || t.JSONL != "" || t.Parquet != "" }
