package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/tools/homeroom/joined"
)

// TestProgramAlone takes the program, with the page in it, to an empty folder, and has it name a
// photo, learn classes and serve the page there, without anything beside it.
func TestProgramAlone(t *testing.T) {
	bare, err := program()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "desk") // what is beside it is empty, too
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if err := joined.Join(&whole, bare, os.DirFS(dist)); err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(folder, "homeroom")
	if err := os.WriteFile(alone, whole.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	photo, err := os.ReadFile(filepath.Join(*photoFolder, "koala.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "koala.jpg"), photo, 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(alone, args...)
		cmd.Dir, cmd.Env = folder, []string{"HOME=" + folder}
		return cmd
	}
	run := func(args ...string) []byte {
		t.Helper()
		return printed(t, command(args...))
	}
	for _, network := range []string{"", "efficientnet-lite2"} {
		args := []string{"classify", "--json", "koala.jpg"}
		if network != "" {
			args = append(args, "--model", network)
		}
		var named struct{ Results []struct{ Label string } }
		if err := json.Unmarshal(run(args...), &named); err != nil || len(named.Results) == 0 || named.Results[0].Label != "koala" {
			t.Errorf("with %q it names %+v, %v", network, named, err)
		}
	}
	var learnt struct{ Classes []string }
	if err := json.Unmarshal(run("finetune", "--json", "--train", folders(t, 3, 1, false), "--out", "animals.homeroom"), &learnt); err != nil || len(learnt.Classes) != 3 {
		t.Errorf("it learns %+v, %v", learnt, err)
	}
	if said := string(run("version")); !strings.Contains(said, "with the page") {
		t.Errorf("it does not say what is in it: %s", said)
	}

	serving := command("serve", "--addr", "127.0.0.1:0")
	out, err := serving.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serving.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { serving.Process.Kill(); serving.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, ok := strings.Cut(line, "http://")
	if address, _, _ = strings.Cut(address, "/"); err != nil || !ok {
		t.Fatalf("serve says %q, %v", line, err)
	}
	for path, name := range map[string]string{"": "index.html", "homeroom.wasm": "homeroom.wasm", "weights/efficientnet-lite0-compact.pack": "weights/efficientnet-lite0-compact.pack", "sw.js": "sw.js"} {
		answer, err := http.Get("http://" + address + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		want, other := os.ReadFile(filepath.Join(dist, filepath.FromSlash(name)))
		if err != nil || other != nil || answer.StatusCode != http.StatusOK || !bytes.Equal(got, want) {
			t.Errorf("%s is served with %s, %d bytes of %d: %v, %v", name, answer.Status, len(got), len(want), err, other)
		}
	}
}
