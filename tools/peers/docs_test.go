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
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"homeroom/core/feature"
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

// try teaches clothes in a folder, and runs there what a page tells its reader to type.
func try(t *testing.T, network string, pages ...string) *tried {
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
	for _, name := range []string{"weights", "bin"} {
		if err := os.Symlink(absolute(t, name), filepath.Join(f.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, page := range pages {
		f.typed(t, page)
	}
	return f
}

// programs are what pages tell their reader to run.
var programs = []string{"cp", "homeroom", "mkdir", "npm", "unzip"}

// typed runs the lines of a page that are to be typed before its first block of code: those that
// are set in and begin with a program.
func (f *tried) typed(t *testing.T, page string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("docs", page))
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(data), "```")
	var lines []string
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "    ")
		if name, _, _ := strings.Cut(command, " "); ok && slices.Contains(programs, name) {
			lines = append(lines, command)
		}
	}
	if len(lines) == 0 {
		t.Fatalf("%s has nothing to type", page)
	}
	run(t, f.folder, []string{"PATH=" + f.folder + string(filepath.ListSeparator) + os.Getenv("PATH"), "npm_config_audit=false", "npm_config_fund=false"}, "sh", "-e", "-c", strings.Join(lines, ""))
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

const lite = feature.Network

func TestPythonPage(t *testing.T) {
	f := try(t, lite, "python.md")
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
	f := try(t, lite, "raspberry-pi.md")
	f.named(t, f.python(t, cache+"/env/bin/python", "raspberry-pi.md"))
}

func TestPhonePage(t *testing.T) {
	f := try(t, lite, "android-ios.md")
	f.named(t, f.python(t, cache+"/env/bin/python", "android-ios.md"))
}

func TestFrigatePage(t *testing.T) {
	f := try(t, lite)
	if err := os.CopyFS(filepath.Join(f.folder, "gate"), os.DirFS("tools/homeroom/testdata/clothing/train")); err != nil {
		t.Fatal(err)
	}
	f.typed(t, "frigate.md")
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

func TestP5Page(t *testing.T) {
	f := try(t, lite, "p5.md")
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
	f := try(t, lite, "scratch.md")
	folder, want := f.site(t, "scratch.md", 0)
	model := filepath.Join(f.folder, "model")
	if err := unpack(filepath.Join(f.folder, "clothes.zip"), model); err != nil {
		t.Fatal(err)
	}
	title(t, serve(t, folder, false)+"/index.html?model="+serve(t, model, true)+"/", want)
}

// packed makes the element's package, has what a page says typed, and puts a photo into the folder
// that this makes.
func (f *tried) packed(t *testing.T, folder, page string) string {
	t.Helper()
	run(t, ".", nil, "make", "npm")
	f.typed(t, page)
	folder = filepath.Join(f.folder, folder)
	path, _ := f.surest(t)
	copyFile(t, path, filepath.Join(folder, "photo.jpg"))
	return folder
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
		data, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
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
	site := f.packed(t, "site", "web-page.md")
	write(t, site, map[string]string{"index.html": block(t, "web-page.md", "html", 0)})
	f.answered(t, serve(t, site, false)+"/", "element-plain")
}

// TestModulePage runs the page's script without the element, and the page without modules.
func TestModulePage(t *testing.T) {
	f := try(t, lite)
	site := f.packed(t, "site", "web-page.md")
	write(t, site, map[string]string{
		"index.html": `<!doctype html><html lang="en"><meta charset="utf-8"><title>…</title><script type="module" src="page.js"></script></html>`,
		"file.js":    `globalThis.file = await (await fetch("photo.jpg")).blob();`,
		"page.js":    `import "./file.js";` + "\n" + block(t, "web-page.md", "js", 1) + "\ndocument.title = label;\n",
	})
	_, want := f.surest(t)
	title(t, serve(t, site, false)+"/", want)
	write(t, site, map[string]string{"index.html": block(t, "web-page.md", "html", 1)})
	title(t, serve(t, site, false)+"/", want)
}

// write writes files into a folder.
func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o777)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// bundled makes a project of npm with the package in it, as the page says, and with others in the
// versions that the peers have.
func (f *tried) bundled(t *testing.T, others ...string) string {
	t.Helper()
	write(t, f.folder, map[string]string{"package.json": `{"private": true, "type": "module"}`})
	f.packed(t, "public", "bundler.md")
	archives, err := filepath.Glob(filepath.Join(f.folder, "homeroom-classifier-*.tgz"))
	if err != nil || len(archives) != 1 {
		t.Fatal(archives, err)
	}
	info, err := os.Stat(archives[0])
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("the package has %d bytes", info.Size()); info.Size() > 2_000_000 {
		t.Error("that is more than 2 MB")
	}
	if len(others) == 0 {
		return f.folder
	}
	text, err := os.ReadFile("tools/peers/npm/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var versions struct {
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(text, &versions); err != nil {
		t.Fatal(err)
	}
	args := []string{"install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"}
	for _, name := range others {
		args = append(args, name+"@"+versions.DevDependencies[name])
	}
	run(t, f.folder, nil, "npm", args...)
	return f.folder
}

// started starts a server in a folder, on a port that is put for PORT, and gives its address once
// it answers.
func started(t *testing.T, folder string, env []string, name string, args ...string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "PORT", port)
	}
	server := exec.Command(name, args...)
	server.Dir, server.Env = folder, append(os.Environ(), env...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	address := "http://127.0.0.1:" + port + "/"
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		answer, err := http.Get(address)
		if err == nil {
			answer.Body.Close()
			return address
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

const bundlePage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Clothes</title></head><body><script type="module" src="%s"></script></body></html>`

// TestBundlerPage has Vite and webpack make a page of the package.
func TestBundlerPage(t *testing.T) {
	f := try(t, lite)
	site := f.bundled(t)
	write(t, site, map[string]string{"main.js": block(t, "bundler.md", "js", 0), "vite.config.js": block(t, "bundler.md", "js", 1), "index.html": fmt.Sprintf(bundlePage, "/main.js")})
	modules := absolute(t, filepath.Join(cache, "npm/node_modules"))
	vite := filepath.Join(modules, "vite/bin/vite.js")
	run(t, site, nil, "node", vite, "build")
	f.answered(t, serve(t, filepath.Join(site, "dist"), false)+"/", "element-vite")
	f.answered(t, started(t, site, nil, "node", vite, "--host", "127.0.0.1", "--port", "PORT", "--strictPort"), "element-vite-serves")

	run(t, site, nil, "node", filepath.Join(modules, "webpack/bin/webpack.js"), "--mode", "production", "--entry", "./main.js", "--output-path", filepath.Join(site, "public"))
	write(t, site, map[string]string{"public/index.html": fmt.Sprintf(bundlePage, "main.js")})
	f.answered(t, serve(t, filepath.Join(site, "public"), false)+"/", "element-webpack")
}

// TestNextPage builds a page of Next, by each of its bundlers, and has Next serve it.
func TestNextPage(t *testing.T) {
	f := try(t, lite)
	site := f.bundled(t, "next", "react", "react-dom")
	write(t, site, map[string]string{
		"app/page.jsx":   block(t, "bundler.md", "jsx", 0),
		"app/layout.jsx": `export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }`,
	})
	quiet := []string{"NEXT_TELEMETRY_DISABLED=1"}
	next := filepath.Join(site, "node_modules/next/dist/bin/next")
	for _, by := range []string{"turbopack", "webpack"} {
		run(t, site, quiet, "node", next, "build", "--"+by)
		f.answered(t, started(t, site, quiet, "node", next, "start", "-H", "127.0.0.1", "-p", "PORT"), "element-next-"+by)
	}
}

// TestWorkerPage uses the module in a worker of the page's own, as Vite builds it.
func TestWorkerPage(t *testing.T) {
	f := try(t, lite)
	site := f.bundled(t)
	write(t, site, map[string]string{"names.js": block(t, "bundler.md", "js", 2), "main.js": block(t, "bundler.md", "js", 3), "index.html": fmt.Sprintf(bundlePage, "/main.js")})
	run(t, site, nil, "node", absolute(t, filepath.Join(cache, "npm/node_modules/vite/bin/vite.js")), "build")
	_, want := f.surest(t)
	title(t, serve(t, filepath.Join(site, "dist"), false)+"/", want)
}

// TestTypesPage checks the programs in TypeScript, and that the types do not take everything.
func TestTypesPage(t *testing.T) {
	f := try(t, lite)
	site := f.bundled(t, "@types/react")
	tsc := absolute(t, filepath.Join(cache, "npm/node_modules/typescript/bin/tsc"))
	check := []string{tsc, "--strict", "--noEmit", "--noUncheckedIndexedAccess", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--jsx", "preserve"}
	page := `export default function Page() { return <homeroom-classifier src="/clothes.homeroom" camera onClick={(e) => e.currentTarget.close()} />; }`
	write(t, site, map[string]string{"learn.ts": block(t, "bundler.md", "ts", 0), "page.tsx": block(t, "bundler.md", "tsx", 0) + page})
	run(t, site, nil, "node", append(check, "learn.ts", "page.tsx")...)
	for _, wrong := range []string{
		`import { load } from "homeroom-classifier"; (await load(7)).close();`,
		`import { load } from "homeroom-classifier"; await (await load("a.homeroom")).classify("photo.jpg");`,
		`import { load } from "homeroom-classifier"; const n: number = (await (await load("a.homeroom")).embed(new Blob())).label;`,
		`import "homeroom-classifier/element"; document.createElement("homeroom-classifier").addEventListener("result", ({ detail }) => detail.nothing);`,
	} {
		write(t, site, map[string]string{"wrong.ts": wrong + " export {};"})
		c := exec.Command("node", append(check, "wrong.ts")...)
		c.Dir = site
		if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "wrong.ts(1,") {
			t.Errorf("%s: tsc says %q, %v", wrong, out, err)
		}
	}
}
