package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/feature"
	"homeroom/tools/homeroom/console"
)

const photoFolder = "../reference/photos"

// execute carries out a command line with the networks of this repository, and returns its exit
// status and what it printed.
func execute(t *testing.T, args ...string) (status int, out, complaints string) {
	t.Helper()
	t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
	var o, e bytes.Buffer
	status = run(&console.Console{Context: t.Context(), Out: &console.Screen{To: &o}, Err: &console.Screen{To: &e}}, args)
	return status, o.String(), e.String()
}

// succeed is execute for what is to end with 0 and without a complaint.
func succeed(t *testing.T, args ...string) (out string) {
	t.Helper()
	status, out, complaints := execute(t, args...)
	if status != 0 || complaints != "" {
		t.Fatalf("%q ended with %d:\n%s", args, status, complaints)
	}
	return out
}

// fail is execute for what is to end with a status and to say certain things.
func fail(t *testing.T, want int, args []string, says ...string) (out string) {
	t.Helper()
	status, out, complaints := execute(t, args...)
	if status != want {
		t.Errorf("%q ended with %d, want %d:\n%s", args, status, want, complaints)
	}
	if !strings.HasPrefix(complaints, "homeroom: ") {
		t.Errorf("%q complained %q", args, complaints)
	}
	for _, s := range says {
		if !strings.Contains(complaints, s) {
			t.Errorf("%q does not say %q:\n%s", args, s, complaints)
		}
	}
	return out
}

// write makes a file in a folder, and the folders above it.
func write(t *testing.T, data []byte, path ...string) string {
	t.Helper()
	to := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// keysOf returns the keys of an object of JSON, in their order.
func keysOf(t *testing.T, object string) (keys []string) {
	t.Helper()
	in := json.NewDecoder(strings.NewReader(object))
	in.Token()
	for in.More() {
		key, err := in.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, object)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			t.Fatalf("%v in %s", err, object)
		}
	}
	return keys
}

func sameKeys(t *testing.T, object string, want ...string) {
	t.Helper()
	if got := keysOf(t, object); !slices.Equal(got, want) {
		t.Errorf("the keys are %q, want %q, in %s", got, want, object)
	}
}

func TestHelp(t *testing.T) {
	all := succeed(t, "--help")
	for _, name := range []string{"classify", "eval", "convert", "inspect", "weights", "bench", "serve", "version"} {
		if !strings.Contains(all, "\n  "+name) {
			t.Errorf("--help does not list %s:\n%s", name, all)
		}
		if one := succeed(t, name, "--help"); !strings.Contains(one, "Usage: homeroom "+name) {
			t.Errorf("%s --help prints\n%s", name, one)
		}
	}
	if v := succeed(t, "version"); !strings.HasPrefix(v, "homeroom ") || !strings.Contains(v, " kernels\n") {
		t.Errorf("version prints %q", v)
	}
}

// TestNotUnderstood has command lines that end with status 2 before any work.
func TestNotUnderstood(t *testing.T) {
	koala := filepath.Join(photoFolder, "koala.jpg")
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "expected one of"},
		{[]string{"clasify", koala}, "clasify"},
		{[]string{"classify"}, "<photo>"},
		{[]string{"classify", "--nonsense", koala}, "--nonsense"},
		{[]string{"classify", "--top", "0", koala}, "--top 0"},
		{[]string{"classify", "--top", "many", koala}, "many"},
		{[]string{"classify", "--threads=-1", koala}, "--threads -1"},
		{[]string{"classify", "--size", "big", koala}, "big"},
		{[]string{"eval"}, "--manifest"},
		{[]string{"eval", "--manifest", "nowhere.csv"}, "nowhere.csv"},
		{[]string{"convert", koala}, "--out"},
		{[]string{"convert", koala, "-o", "x.pack", "--dtype", "int4"}, "int4"},
		{[]string{"convert", "nowhere.pth", "-o", "x.pack"}, "nowhere.pth"},
		{[]string{"finetune", "--train", clothing + "/train", "--out", "clothes"}, ".homeroom"},
		{[]string{"inspect"}, "<file>"},
		{[]string{"inspect", "nowhere.pack"}, "nowhere.pack"},
		{[]string{"serve", "--dist", "nowhere"}, "nowhere"},
		{[]string{"version", "more"}, "more"},
	} {
		out := fail(t, 2, c.args, c.says, "homeroom --help lists the commands")
		if out != "" {
			t.Errorf("%q printed %q", c.args, out)
		}
	}
}

// TestPanic: the fault of a programmer is no success.
func TestPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a panic was kept back")
		}
	}()
	run(&console.Console{Context: t.Context(), Out: panics{}, Err: panics{}}, []string{"version"})
}

type panics struct{}

func (panics) Write([]byte) (int, error) { panic("a fault") }

func TestBench(t *testing.T) {
	out := succeed(t, "bench", "--runs", "1", "--size", "32", "--layers")
	for _, want := range []string{feature.Network + " at 32 × 32", "GFLOP/s", "depthwise", "_fc"} {
		if !strings.Contains(out, want) {
			t.Errorf("bench does not print %q:\n%s", want, out)
		}
	}
	fail(t, 1, []string{"bench", "--runs", "0"}, "--runs 0")
}
