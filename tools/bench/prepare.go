package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A workshop makes what is measured: the networks as files, Homeroom's packs and programs. It works
// from the top folder of the project.
type workshop struct {
	cache  string // folder that lasts
	python string // interpreters; "" for environments in the cache
	tflite string
}

const (
	recipe         = "tools/reference/bench_models.py"
	modelsNeeds    = "tools/reference/bench_models.txt"
	tfliteNeeds    = "tools/reference/bench_tflite.txt"
	pagePackage    = "./tools/bench/page"
	nativePackage  = "./tools/homeroom"
	postLinkTool   = "./tools/wasmlink"
	thumbnails     = "github.com/nfnt/resize" // what makes them, which the bench's page does not
	assembleTool   = "./wasm/assemble"
	plainProgram   = "homeroom.wasm"
	relaxedProgram = "homeroom-relaxed.wasm"
)

func (w *workshop) models() string { return filepath.Join(w.cache, "models") }
func (w *workshop) peers() string  { return filepath.Join(w.cache, "peers") }
func (w *workshop) engine() string { return filepath.Join(w.cache, "engine") }
func (w *workshop) page() string   { return filepath.Join(w.engine(), "page") }

// command runs a program and returns what it prints; an error ends with the last lines of its
// complaints.
func command(ctx context.Context, env []string, name string, args ...string) ([]byte, error) {
	return commandIn(ctx, "", env, name, args...)
}

// commandIn is command in a folder.
func commandIn(ctx context.Context, folder string, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(complaints.String()), "\n")
		return nil, fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, strings.Join(lines[max(0, len(lines)-3):], " / "))
	}
	return out, nil
}

// environment returns the Python of an environment that has the packages of a list, and sets it up
// where it is not there yet.
func (w *workshop) environment(ctx context.Context, name, list string) (string, error) {
	sum, err := fingerprint(list)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(w.cache, name+"-"+sum)
	python := filepath.Join(folder, "bin", "python")
	ready := filepath.Join(folder, "ready")
	if _, err := os.Stat(ready); err == nil {
		return python, nil
	}
	fmt.Fprintf(os.Stderr, "setting up Python for %s in %s; this takes minutes, once\n", list, folder)
	if _, err := command(ctx, nil, "python3", "-m", "venv", "--clear", folder); err != nil {
		return "", err
	}
	if _, err := command(ctx, nil, python, "-m", "pip", "install", "--quiet", "--requirement", list); err != nil {
		return "", err
	}
	return python, os.WriteFile(ready, nil, 0o644)
}

// ready returns the Python of an environment that is there already, else "".
func (w *workshop) ready(name, list string) string {
	sum, err := fingerprint(list)
	if err != nil {
		return ""
	}
	folder := filepath.Join(w.cache, name+"-"+sum)
	if _, err := os.Stat(filepath.Join(folder, "ready")); err != nil {
		return ""
	}
	return filepath.Join(folder, "bin", "python")
}

// pythons sets both environments up. The second may fail: then there are no .tflite files, and the
// error says why.
func (w *workshop) pythons(ctx context.Context, wantTFLite bool) (tfliteFault, err error) {
	if w.python == "" {
		if w.python, err = w.environment(ctx, "python-models", modelsNeeds); err != nil {
			return nil, err
		}
	}
	if w.tflite == "" && (wantTFLite || w.ready("python-tflite", tfliteNeeds) != "") {
		w.tflite, tfliteFault = w.environment(ctx, "python-tflite", tfliteNeeds)
	}
	return tfliteFault, nil
}

// versions tells the versions of what Python has, of both environments.
func (w *workshop) versions(ctx context.Context) map[string]string {
	all := map[string]string{}
	for _, python := range []string{w.tflite, w.python} {
		if python == "" {
			continue
		}
		found := map[string]string{}
		if out, err := command(ctx, nil, python, recipe, "versions"); err == nil && json.Unmarshal(out, &found) == nil {
			maps.Copy(all, found)
		}
	}
	return all
}

// fingerprint returns a short checksum of files together.
func fingerprint(names ...string) (string, error) {
	h := sha256.New()
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// network makes the files of a network, unless this recipe has made them before.
func (w *workshop) network(ctx context.Context, n network, tflite bool) (tfliteFault, err error) {
	if err := os.MkdirAll(w.models(), 0o755); err != nil {
		return nil, err
	}
	sum, err := fingerprint(recipe, modelsNeeds, tfliteNeeds)
	if err != nil {
		return nil, err
	}
	base := filepath.Join(w.models(), n.key)
	once := func(step, python string) error {
		stamp := base + "." + step + ".recipe"
		if made, err := os.ReadFile(stamp); err == nil && string(made) == sum {
			return nil
		}
		fmt.Fprintf(os.Stderr, "making %s (%s)\n", n.name, step)
		os.Remove(stamp)
		if _, err := command(ctx, nil, python, "-W", "ignore", recipe, step, n.key, w.models()); err != nil {
			return err
		}
		return os.WriteFile(stamp, []byte(sum), 0o644)
	}
	if err := once("make", w.python); err != nil {
		return nil, err
	}
	if tflite {
		tfliteFault = once("tflite", w.tflite)
	}
	return tfliteFault, nil
}

// converter builds the homeroom command and returns its path.
func (w *workshop) converter(ctx context.Context) (string, error) {
	if _, err := os.Stat(nativePackage); err != nil {
		return "", fmt.Errorf("there is nothing to convert networks with: %w", err)
	}
	to := filepath.Join(w.engine(), "homeroom")
	if _, err := command(ctx, nil, "go", "build", "-o", to, nativePackage); err != nil {
		return "", err
	}
	return to, nil
}

// pack converts a network to Homeroom's format, with the weights as they are: from the .onnx file,
// or from the PyTorch state dict where that fails.
func (w *workshop) pack(ctx context.Context, converter string, n network) error {
	base := filepath.Join(w.models(), n.key)
	os.Remove(base + ".pack")
	var faults []string
	for _, ending := range []string{".onnx", ".pth"} {
		_, err := command(ctx, nil, converter, "convert", "--dtype", "f32", base+ending, "-o", base+".pack")
		if err == nil {
			return nil
		}
		faults = append(faults, err.Error())
	}
	return fmt.Errorf("%s", strings.Join(faults, "; "))
}

// programs builds Homeroom's side of the page as the real page is built: Go to WebAssembly, then
// the post-link pass, with and without relaxed SIMD.
func (w *workshop) programs(ctx context.Context) error {
	if err := os.MkdirAll(w.engine(), 0o755); err != nil {
		return err
	}
	built := filepath.Join(w.engine(), "built.wasm")
	if _, err := command(ctx, []string{"GOOS=js", "GOARCH=wasm"}, "go", "build", "-trimpath", "-o", built, pagePackage); err != nil {
		return err
	}
	plain, relaxed := filepath.Join(w.engine(), plainProgram), filepath.Join(w.engine(), relaxedProgram)
	for out, more := range map[string][]string{plain: nil, relaxed: {"--relaxed"}} {
		args := []string{"run", postLinkTool, built, "--threads", "--without", thumbnails, "-o", out}
		if _, err := command(ctx, nil, "go", append(args, more...)...); err != nil {
			return err
		}
	}
	_, err := command(ctx, nil, "go", "run", assembleTool, "-wasm", plain, "-relaxed", relaxed, "-sharing", plain, "-engine", plain, "-out", w.page()) // it shares nothing
	return err
}
