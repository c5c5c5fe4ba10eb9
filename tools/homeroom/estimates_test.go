package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/head"
	"homeroom/core/project"
)

var (
	estimatesSets = flag.String("estimates", "", "folder with a folder for each data set, which has a folder for each class, for TestEstimatesHold; features are kept beside each")
	estimatesRuns = flag.Int("runs", 25, "how often TestEstimatesHold draws photos of each data set anew")
)

// estimateBank reads the features of a data set, or what is kept of them.
func estimateBank(t *testing.T, folder, network string) *head.Bank {
	t.Helper()
	kept := strings.TrimRight(folder, "/") + "." + network + ".homeroom"
	if _, err := os.Stat(kept); err == nil {
		return open(t, kept).Bank
	}
	f := &finetune{Head: "linear", Train: folder}
	f.Model = network
	spaces, networks, err := f.spaces()
	if err != nil {
		t.Fatal(err)
	}
	p := &project.File{Name: filepath.Base(folder), Bank: &head.Bank{}}
	con := &console{ctx: t.Context(), out: io.Discard, err: os.Stderr}
	if _, _, err = f.fill(con, &project.File{Bank: p.Bank, Thumbs: map[uint64][]byte{}}, spaces, networks); err != nil {
		t.Fatal(err)
	}
	if err := writeProject(kept, p); err != nil {
		t.Fatal(err)
	}
	return p.Bank
}

func TestEstimatesHold(t *testing.T) {
	if *estimatesSets == "" {
		return
	}
	entries, err := os.ReadDir(*estimatesSets)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "packages" && filepath.Ext(e.Name()) == "" {
			b := estimateBank(t, filepath.Join(*estimatesSets, e.Name()), "efficientnet-lite0")
			t.Log(e.Name(), len(b.Photos), b.Classes)
		}
	}
}
