package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeProgram makes the module that README.md shows in a folder of its own, elsewhere on the
// disk, and runs it as it is shown, without a network.
func TestReadmeProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds core once more")
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n## In your own Go program\n")
	if !found {
		t.Fatal("README.md has no section on using core in another program")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	program := regexp.MustCompile("(?s)\n```go\n(.*?)\n```\n").FindStringSubmatch(section)
	commands := regexp.MustCompile(`(?m)^ {4}\S.*$`).FindAllString(section, -1)
	if program == nil || len(commands) < 3 {
		t.Fatalf("the section shows a program %v and the commands %q", program != nil, commands)
	}

	folder := t.TempDir()
	home, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(home, filepath.Join(folder, "homeroom")); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, line := range commands {
		if strings.Contains(line, "main.go") {
			line = "cp ../main.go main.go"
		}
		script.WriteString(strings.TrimSpace(line) + "\n")
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program[1]+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sh := exec.CommandContext(t.Context(), "sh", "-e")
	sh.Dir, sh.Stdin = folder, strings.NewReader(script.String())
	// What it needs was fetched to build this test.
	sh.Env = append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=", "GOMODCACHE="+strings.TrimSpace(string(cache)))
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if n := len(lines); n < 3 || !regexp.MustCompile(`^\s*\d+\.\d%  giant panda$`).MatchString(lines[n-3]) {
		t.Errorf("it printed\n%s", out)
	}
}
