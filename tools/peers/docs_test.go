package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"homeroom/core/photo"
)

var peers = flag.Bool("peers", false, "try the pages of docs, for which make peers installs what they need")

// block is the code in a page of docs, by its language and its number.
func block(t *testing.T, page, language string, number int) string {
	data, err := os.ReadFile(filepath.Join("docs", page))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(data), "```"+language+"\n")
	if len(parts) < number+2 {
		t.Fatalf("%s has no block %d of %s", page, number, language)
	}
	text, _, _ := strings.Cut(parts[number+1], "```")
	return text
}

// tried is a folder with what a reader of the docs has: an exported classifier, and photos without
// loss.
type tried struct {
	folder  string
	program string
	network string
	photos  []string
}

const cache = ".cache/peers"

// try teaches clothes on a small network, and does in a folder what a page says first.
func try(t *testing.T, network string, commands ...[]string) *tried {
	if !*peers {
		t.Skip("make peers runs it")
	}
	t.Chdir("../..")
	f := &tried{folder: t.TempDir(), network: network}
	f.program = filepath.Join(f.folder, "homeroom")
	run(t, ".", nil, "go", "build", "-o", f.program, "./tools/homeroom")
	files, err := filepath.Glob("tools/homeroom/testdata/clothing/test/*/3.jpg")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for i, path := range files {
		name := fmt.Sprintf("%d.png", i)
		withoutLoss(t, path, filepath.Join(f.folder, name))
		f.photos = append(f.photos, name)
	}
	f.homeroom(t, "finetune", "--train", absolute(t, "tools/homeroom/testdata/clothing/train"), "--model", network, "--head", "linear", "--views", "plain", "--out", "clothes.homeroom")
	for _, c := range commands {
		f.homeroom(t, c...)
	}
	return f
}

func absolute(t *testing.T, path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// withoutLoss turns a photo upright and into a PNG.
func withoutLoss(t *testing.T, from, to string) {
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	p, err := photo.Decode(data, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Width * p.Height {
		copy(m.Pix[4*i:], p.Pix[3*i:3*i+3])
		m.Pix[4*i+3] = 255
	}
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, m); err != nil {
		t.Fatal(err)
	}
}

// run runs a program in a folder, and returns what it prints.
func run(t *testing.T, folder string, env []string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir, c.Env = folder, append(os.Environ(), env...)
	var complaints strings.Builder
	c.Stderr = &complaints
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, complaints.String())
	}
	return string(out)
}

func (f *tried) homeroom(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, f.folder, []string{"HOMEROOM_WEIGHTS=" + absolute(t, "weights")}, f.program, args...)
}

// python runs a block of a page as a file in the folder, on the photos.
func (f *tried) python(t *testing.T, python, page string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.folder, "page.py"), []byte(block(t, page, "python", 0)), 0o666); err != nil {
		t.Fatal(err)
	}
	return run(t, f.folder, nil, absolute(t, python), append([]string{"page.py"}, f.photos...)...)
}

// named checks lines of a photo, a name and a score: the classes are those of the folders in their
// order.
func (f *tried) named(t *testing.T, out string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, name := range []string{"hat", "pants", "shoes"} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], f.photos[i]+" "+name) {
			t.Errorf("%s: no %s %s", out, f.photos[i], name)
		}
	}
}

const lite = "efficientnet-lite0"

func TestPythonPage(t *testing.T) {
	f := try(t, lite, []string{"export", "clothes.homeroom", "--as", "onnx", "-o", "clothes.onnx"})
	out := f.python(t, ".cache/reference/bin/python", "python.md")
	f.named(t, out)
	// The scores are those of the program.
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var name string
		var score, percent float64
		if _, err := fmt.Sscanf(line, f.photos[i]+" %s %f", &name, &score); err != nil {
			t.Fatal(line, err)
		}
		told := f.homeroom(t, "classify", "--head", "clothes.homeroom", "--top", "1", f.photos[i])
		if _, err := fmt.Sscanf(strings.Split(told, "\n")[1], "%f%%", &percent); err != nil || percent-100*score > 0.06 || 100*score-percent > 0.06 {
			t.Errorf("%s, and the program says %s, %v", line, told, err)
		}
	}
}

func TestRaspberryPage(t *testing.T) {
	f := try(t, lite, []string{"export", "clothes.homeroom", "--as", "tflite", "--weights", "int8", "-o", "clothes.tflite"})
	f.named(t, f.python(t, cache+"/env/bin/python", "raspberry-pi.md"))
}

func TestPhonePage(t *testing.T) {
	f := try(t, lite, []string{"export", "clothes.homeroom", "--as", "tflite", "-o", "clothes.tflite"})
	f.named(t, f.python(t, cache+"/env/bin/python", "android-ios.md"))
}

func TestFrigatePage(t *testing.T) {
	f := try(t, lite, []string{"export", "clothes.homeroom", "--as", "tflite", "--bytes", "-o", "model.tflite"})
	labels := run(t, f.folder, nil, "unzip", "-p", "model.tflite", "labels.txt")
	if err := os.WriteFile(filepath.Join(f.folder, "labelmap.txt"), []byte(labels), 0o666); err != nil {
		t.Fatal(err)
	}
	f.named(t, f.python(t, cache+"/env/bin/python", "frigate.md"))
}

func TestGoPage(t *testing.T) {
	f := try(t, lite)
	module := filepath.Join(f.folder, "module")
	if err := os.Mkdir(module, 0o777); err != nil {
		t.Fatal(err)
	}
	copyFile(t, "weights/"+lite+".pack", filepath.Join(module, lite+".pack"))
	copyFile(t, filepath.Join(f.folder, "clothes.homeroom"), filepath.Join(module, "clothes.homeroom"))
	if err := os.WriteFile(filepath.Join(module, "main.go"), []byte(block(t, "go.md", "go", 0)), 0o666); err != nil {
		t.Fatal(err)
	}
	env := []string{"GOFLAGS=", "GOEXPERIMENT=simd"}
	run(t, module, env, "go", "mod", "init", "example")
	run(t, module, env, "go", "mod", "edit", "-require", "homeroom@v0.0.0", "-replace", "homeroom="+absolute(t, "."))
	args := []string{"run", "-mod=mod", "."}
	for _, p := range f.photos {
		args = append(args, filepath.Join("..", p))
	}
	out := run(t, module, env, "go", args...)
	f.named(t, strings.ReplaceAll(out, "../", ""))
}

func copyFile(t *testing.T, from, to string) {
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// serve serves a folder on loopback; open lets other origins read it.
func serve(t *testing.T, folder string, open bool) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	files := http.FileServer(http.Dir(folder))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open {
			w.Header().Set("Access-Control-Allow-Origin", "*")
		}
		files.ServeHTTP(w, r)
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String()
}

// surest is the photo that the program is surest of, with its name.
func (f *tried) surest(t *testing.T) (path, name string) {
	best := 0.0
	out := f.homeroom(t, "classify", "--head", "clothes.homeroom", "--top", "1", "--json", absolute(t, "tools/homeroom/testdata/clothing/test"))
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var a struct {
			File    string
			Results []struct {
				Label string
				Score float64
			}
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if s := a.Results[0].Score; s > best {
			best, path, name = s, a.File, a.Results[0].Label
		}
	}
	return path, name
}

// site is a folder with a block of a page as index.html, the libraries that it names, and a photo,
// whose name is returned.
func (f *tried) site(t *testing.T, page string, number int) (folder, want string) {
	folder = filepath.Join(f.folder, "site")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "index.html"), []byte(block(t, page, "html", number)), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{
		"p5.min.js": "p5/lib/p5.min.js", "ml5.min.js": "ml5/dist/ml5.min.js", "tf.min.js": "@tensorflow/tfjs/dist/tf.min.js",
		"teachablemachine-image.min.js": "@teachablemachine/image/dist/teachablemachine-image.min.js",
	} {
		copyFile(t, filepath.Join(cache, "npm/node_modules", from), filepath.Join(folder, name))
	}
	path, want := f.surest(t)
	copyFile(t, path, filepath.Join(folder, "photo.jpg"))
	return folder, want
}

// title waits until a page has one that begins with what is wanted, or with any of the classes
// where that is "".
func title(t *testing.T, address, want string) {
	b, err := startBrowser(filepath.Join(cache, "npm/node_modules"), t.TempDir(), "use-fake-device-for-media-stream", "use-fake-ui-for-media-stream")
	if err != nil {
		t.Fatal(err)
	}
	defer b.stop()
	ctx, cancel := chromedp.NewContext(b.ctx)
	defer cancel()
	ctx, end := context.WithTimeout(ctx, 15*time.Minute)
	defer end()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	for {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.title"))
		if err != nil {
			t.Fatalf("%v; the title is %q", err, got)
		}
		for _, class := range []string{"hat", "pants", "shoes"} {
			if strings.HasPrefix(got, class) {
				if !strings.HasPrefix(got, want) {
					t.Errorf("the page says %q, not %s", got, want)
				}
				return
			}
		}
		time.Sleep(500 * time.Millisecond)
	}
}

var teachable = []string{"export", "clothes.homeroom", "--as", "teachable-machine", "-o", "clothes.zip"}

func TestP5Page(t *testing.T) {
	f := try(t, lite, teachable)
	for number := range 2 {
		folder, want := f.site(t, "p5.md", number)
		if number == 0 {
			want = "" // what Chromium's test camera shows is of no class
		}
		if err := unpack(filepath.Join(f.folder, "clothes.zip"), filepath.Join(folder, "clothes")); err != nil {
			t.Fatal(err)
		}
		title(t, serve(t, folder, false)+"/index.html", want)
	}
}

func TestScratchPage(t *testing.T) {
	f := try(t, lite, teachable)
	folder, want := f.site(t, "scratch.md", 0)
	model := filepath.Join(f.folder, "model")
	if err := unpack(filepath.Join(f.folder, "clothes.zip"), model); err != nil {
		t.Fatal(err)
	}
	title(t, serve(t, folder, false)+"/index.html?model="+serve(t, model, true)+"/", want)
}

// packed makes the element's package, and puts what it needs into a folder.
func (f *tried) packed(t *testing.T, static string) {
	t.Helper()
	run(t, ".", nil, "make", "npm")
	if err := os.MkdirAll(static, 0o777); err != nil {
		t.Fatal(err)
	}
	f.homeroom(t, "export", "clothes.homeroom", "--as", "homeroom", "-o", filepath.Join(static, "clothes.homeroom"))
	copyFile(t, "weights/"+lite+".pack", filepath.Join(static, lite+".pack"))
	path, _ := f.surest(t)
	copyFile(t, path, filepath.Join(static, "photo.jpg"))
}

// answered opens a page, gives its element a photo, and compares the answer.
func (f *tried) answered(t *testing.T, address, shot string) {
	t.Helper()
	b, err := startBrowser(filepath.Join(cache, "npm/node_modules"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.stop()
	ctx, cancel := chromedp.NewContext(b.ctx)
	defer cancel()
	ctx, end := context.WithTimeout(ctx, 5*time.Minute)
	defer end()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(async () => {
		const element = () => document.querySelector("homeroom-classifier");
		while (!element()?.classifier) {
			const why = element()?.shadowRoot?.querySelector(".error")?.textContent;
			if (why) return why;
			await new Promise((later) => setTimeout(later, 100));
		}
		const { label } = await element().classify(await (await fetch("photo.jpg")).blob());
		return label + "; " + document.title;
	})()`, chromedp.EvalAwaitPromise))
	if _, want := f.surest(t); err != nil || !strings.HasPrefix(got, want) {
		t.Errorf("%s answers %q, not %q: %v", address, got, want, err)
	}
	t.Log(shot, got)
	if *shots != "" {
		data, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
		if err == nil {
			err = os.WriteFile(filepath.Join(*shots, shot+".png"), data, 0o666)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

var shots = flag.String("shots", "", "folder to put pictures of pages into")

func TestWebPage(t *testing.T) {
	f := try(t, lite)
	site := filepath.Join(f.folder, "site")
	f.packed(t, site)
	if err := os.CopyFS(filepath.Join(site, "homeroom"), os.DirFS("bin/npm")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(site, "index.html"), []byte(block(t, "web-page.md", "html", 0)), 0o666); err != nil {
		t.Fatal(err)
	}
	f.answered(t, serve(t, site, false)+"/", "element-plain")
}

// TestBundlerPage installs the package as npm does, and has Vite and webpack make a page of it.
func TestBundlerPage(t *testing.T) {
	f := try(t, lite)
	site := filepath.Join(f.folder, "bundled")
	f.packed(t, filepath.Join(site, "public"))
	tarball := strings.TrimSpace(run(t, "bin/npm", nil, "npm", "pack", "--silent", "--pack-destination", f.folder))
	info, err := os.Stat(filepath.Join(f.folder, tarball))
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("%s has %d bytes", tarball, info.Size()); info.Size() > 2_000_000 {
		t.Error("that is more than 2 MB")
	}
	const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Clothes</title></head><body><script type="module" src="%s"></script></body></html>`
	for name, text := range map[string]string{
		"package.json": `{"private": true, "type": "module"}`, "main.js": block(t, "bundler.md", "js", 0), "vite.config.js": block(t, "bundler.md", "js", 1), "index.html": fmt.Sprintf(page, "/main.js"),
	} {
		if err := os.WriteFile(filepath.Join(site, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run(t, site, nil, "npm", "install", "--silent", "--no-audit", "--no-fund", filepath.Join(f.folder, tarball))
	modules := absolute(t, filepath.Join(cache, "npm/node_modules"))
	vite := filepath.Join(modules, "vite/bin/vite.js")
	run(t, site, nil, "node", vite, "build")
	f.answered(t, serve(t, filepath.Join(site, "dist"), false)+"/", "element-vite")

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	server := exec.Command("node", vite, "--host", "127.0.0.1", "--port", port, "--strictPort")
	server.Dir = site
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { server.Process.Kill(); server.Wait() }()
	address := "http://127.0.0.1:" + port + "/"
	for range 100 {
		if answer, err := http.Get(address); err == nil {
			answer.Body.Close()
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	f.answered(t, address, "element-vite-serves")

	run(t, site, nil, "node", filepath.Join(modules, "webpack/bin/webpack.js"), "--mode", "production", "--entry", "./main.js", "--output-path", filepath.Join(site, "public"))
	if err := os.WriteFile(filepath.Join(site, "public", "index.html"), []byte(fmt.Sprintf(page, "main.js")), 0o666); err != nil {
		t.Fatal(err)
	}
	f.answered(t, serve(t, filepath.Join(site, "public"), false)+"/", "element-webpack")
}
