package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// languages are those that index.html offers, besides English.
func languages(t *testing.T) []string {
	page := read(t, "../../site/index.html")
	_, list, _ := strings.Cut(page, `data-languages="`)
	list, _, _ = strings.Cut(list, `"`)
	var out []string
	for _, code := range strings.Fields(list) {
		code, _, _ = strings.Cut(code, ".")
		out = append(out, code)
	}
	if len(out) < 5 {
		t.Fatalf("the page offers %v", out)
	}
	return out
}

func read(t testing.TB, path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func language(t *testing.T, code string) *Language {
	l, err := Parse([]byte(read(t, code+".json")))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// messages are all that the page says, with where.
func messages(t *testing.T) map[string]string {
	out := map[string]string{}
	ofGo(t, out)
	ofCore(t, out)
	ofScript(t, out)
	ofPage(t, out)
	return out
}

// ofGo finds what the program says.
func ofGo(t *testing.T, out map[string]string) {
	for _, folder := range []string{"../app", "../words", "../tour", "../browser"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			f, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, is := n.(*ast.CallExpr)
				if !is {
					return true
				}
				at := fmt.Sprintf("%s:%d", path, files.Position(call.Pos()).Line)
				switch name := called(call); {
				case name == "say" || name == "text.Say":
					if message, is := literal(call.Args[0]); is {
						out[message] = at
						checkArguments(t, at, message, len(call.Args)-1)
					} else if path != "../words/words.go" { // whose Plural is met below
						t.Errorf("%s: what is said is not written there", at)
					}
				case name == "words.Plural" || name == "plural":
					one, first := literal(call.Args[1])
					many, second := literal(call.Args[2])
					if first && second {
						out["{1|# "+one+"|# "+many+"}"] = at
					} else {
						t.Errorf("%s: what is counted is not written there", at)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// inLanguages are the packages whose errors are said in every language.
var inLanguages = []string{
	"core/photo", "core/photo/jpeg", "core/project", "core/classifier", "core/bank", "core/feature", "core/evaluation", "core/training", "core/head", "core/embedding",
	"wasm/engine", "wasm/share", "wasm/store", "wasm/session", "wasm/blob", "wasm/threads",
	"wasm/app/catalogue", "wasm/app/outside", "wasm/browser", "core/archive/xmp",
}

// phrases are functions whose argument of that number is a phrase of an error.
var phrases = map[string]int{"errors.New": 0, "FormatError": 0, "d.note": 0, "still": 1, "other": 1, "document": 1, "archive": 1, "film": 0}

// ofCore finds the errors of core.
func ofCore(t *testing.T, out map[string]string) {
	for _, name := range inLanguages {
		paths, err := filepath.Glob("../../" + name + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			files := token.NewFileSet()
			f, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			say := func(e ast.Expr, args int) {
				english, is := literal(e)
				if !is {
					return
				}
				english, verbs := sentenceOf(english)
				if args >= 0 && args != len(verbs) {
					t.Errorf("%s: %q has %d places for %d arguments", path, english, len(verbs), args)
				}
				if hasLetter(place.ReplaceAllString(english, "")) {
					out[english] = fmt.Sprintf("%s:%d", path, files.Position(e.Pos()).Line)
				}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					name := called(n)
					at, is := phrases[name]
					switch {
					case name == "fmt.Errorf" && !isVerbatim(n):
						t.Errorf("%s:%d: an error that has no translations; use fault.Errorf", path, files.Position(n.Pos()).Line)
					case name == "fault.Errorf":
						if _, is := literal(n.Args[0]); !is {
							t.Errorf("%s:%d: an error's sentence is not written there", path, files.Position(n.Pos()).Line)
						}
						say(n.Args[0], len(n.Args)-1)
					case is && (len(n.Args) > at):
						say(n.Args[at], -1)
					}
				case *ast.KeyValueExpr:
					if key, is := n.Key.(*ast.Ident); is && (key.Name == "name" || key.Name == "advice" || key.Name == "Text") && strings.HasPrefix(path, "../../core/photo/") {
						say(n.Value, -1)
					}
				case *ast.AssignStmt: // of what is damaged
					if to, is := n.Lhs[0].(*ast.SelectorExpr); is && strings.EqualFold(to.Sel.Name, "damaged") {
						say(n.Rhs[0], -1)
					}
				case *ast.ValueSpec:
					if kind, is := n.Type.(*ast.SelectorExpr); is && kind.Sel.Name == "Phrase" || len(n.Names) == 1 && n.Names[0].Name == "errTable" {
						for _, v := range n.Values {
							say(v, -1)
						}
					}
				}
				return true
			})
		}
	}
	out["unexpected EOF"] = "io"
}

// notYet are the packages whose errors may reach the page in English: what is wrong with a network
// that comes with the page, and with a file that it writes, with how many errors each makes.
var notYet = map[string]int{
	"core/archive/sorting":     7,
	"core/export":              44,
	"core/graph":               58,
	"core/model":               32,
	"core/pack":                56,
	"core/safetensors":         20,
	"tools/checkpoint":         141,
	"tools/checkpoint/onnx":    47,
	"tools/checkpoint/pickle":  32,
	"tools/exports":            12,
	"tools/hdf5":               20,
	"tools/keras":              76,
	"tools/onnxgraph":          114,
	"tools/onnxgraph/constant": 62,
	"tools/tflite":             47,
	"tools/torchcalls":         16,
	"wasm/codec":               19,
	"wasm/tour":                6,
}

// TestErrorsAreSaid: an error of what the page's programs are made of has its translations, or is
// one of those that have none yet, of which there come no more.
func TestErrorsAreSaid(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{if .Module}}{{.ImportPath}}{{end}}", "homeroom/wasm", "homeroom/wasm/share")
	list.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`\b(fmt\.Errorf|fault\.Errorf|errors\.New)\(`)
	seen := map[string]bool{"core/fault": true, "wasm/text": true, "wasm/words": true} // make none of their own
	for _, path := range strings.Fields(string(out)) {
		name, is := strings.CutPrefix(path, "homeroom/")
		if !is || slices.Contains(inLanguages, name) || seen[name] {
			continue
		}
		seen[name] = true
		n := 0
		files, err := filepath.Glob("../../" + name + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				n += len(made.FindAllString(strings.NewReplacer("errors.New(text.Say(", "", "errors.New(say(", "").Replace(read(t, file)), -1))
			}
		}
		if n > notYet[name] {
			t.Errorf("%s makes %d errors that have no translations, and had %d: have it among inLanguages", name, n, notYet[name])
		}
	}
	for name := range notYet {
		if !seen[name] {
			t.Errorf("no program of the page is made of %s", name)
		}
	}
}

// isVerbatim tells whether an error is nothing but what stands in its place.
func isVerbatim(call *ast.CallExpr) bool {
	s, is := literal(call.Args[0])
	return is && (s == "%v" || s == "%w")
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, is := f.X.(*ast.Ident); is {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		x, first := literal(e.X)
		y, second := literal(e.Y)
		return x + y, first && second
	}
	return "", false
}

var place = regexp.MustCompile(`\{(\d)(\|[^}]*)?\}`)

func checkArguments(t *testing.T, at, message string, n int) {
	most := 0
	for _, m := range place.FindAllStringSubmatch(message, -1) {
		k, _ := strconv.Atoi(m[1])
		most = max(most, k)
		if forms := strings.Count(m[2], "|"); forms != 0 && forms != 2 {
			t.Errorf("%s: %q has %d forms for English", at, message, forms)
		}
	}
	if most != n {
		t.Errorf("%s: %q has %d places for %d arguments", at, message, most, n)
	}
}

var scripted = regexp.MustCompile(`\bsay\("((?:[^"\\]|\\.)*)"`)

// ofScript finds what the boot script says.
func ofScript(t *testing.T, out map[string]string) {
	for _, m := range scripted.FindAllStringSubmatch(read(t, "../../site/boot.js"), -1) {
		s, err := strconv.Unquote(`"` + m[1] + `"`)
		if err != nil {
			t.Fatal(err)
		}
		out[s] = "boot.js"
	}
}

// ofPage finds what the page has from the beginning, as the boot script does, in both of its forms.
func ofPage(t *testing.T, out map[string]string) {
	page := read(t, "../../site/index.html") + firstPhotos(t)
	collect(t, page, out)
	for _, m := range regexp.MustCompile(`(?s)replace\("((?:[^"\\]|\\.)+)",\s+"((?:[^"\\]|\\.)+)"(?:\+\n\s+"((?:[^"\\]|\\.)+)")?\)`).FindAllStringSubmatch(read(t, "../assemble/single.go"), -1) {
		if !strings.Contains(page, m[1]) {
			t.Fatalf("the page has no %q", m[1])
		}
		page = strings.Replace(page, m[1], m[2]+m[3], 1)
	}
	collect(t, page, out)
	for _, m := range regexp.MustCompile(`>([^<>]+)<`).FindAllStringSubmatch(read(t, "../../site/lesson/class.html"), -1) {
		if says := strings.TrimSpace(spaces.ReplaceAllString(m[1], " ")); says != "" {
			out[says] = "class.html"
		}
	}
}

// firstPhotos is what wasm/assemble puts around the photos that the page opens on.
func firstPhotos(t *testing.T) string {
	var b strings.Builder
	for _, m := range regexp.MustCompile("<(h[23])[^>]*>[^<]+</h[23]>|<p class=\\\\?\"quiet\\\\?\">[^<]+</p>").FindAllString(read(t, "../assemble/photos.go"), -1) {
		b.WriteString(m)
	}
	return b.String()
}

var spaces = regexp.MustCompile(`\s+`)

func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

func collect(t *testing.T, page string, out map[string]string) {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	attributes := func(n *html.Node, names ...string) {
		for _, a := range n.Attr {
			if slices.Contains(names, a.Key) && hasLetter(a.Val) {
				out[a.Val] = "index.html"
			}
		}
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			for _, a := range n.Attr {
				if a.Key == "translate" && a.Val == "no" {
					return
				}
			}
			if slices.Contains([]string{"script", "style", "noscript", "svg", "head"}, n.Data) {
				return
			}
			attributes(n, "aria-label", "title", "placeholder", "alt")
			for k := n.FirstChild; k != nil; k = k.NextSibling {
				if k.Type == html.TextNode && hasLetter(k.Data) {
					number := 0
					var b strings.Builder
					written(n, &number, &b)
					out[strings.TrimSpace(spaces.ReplaceAllString(b.String(), " "))] = "index.html"
					return
				}
			}
		}
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			walk(k)
		}
	}
	walk(doc)
}

func written(n *html.Node, number *int, b *strings.Builder) {
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		switch k.Type {
		case html.TextNode:
			b.WriteString(k.Data)
		case html.ElementNode:
			*number++
			own := *number
			fmt.Fprintf(b, "<%d>", own)
			written(k, number, b)
			fmt.Fprintf(b, "</%d>", own)
		}
	}
}

// TestCatalogue: every language has all that is said, with the same places and elements and with
// the forms that its numbers need, and nothing else.
func TestCatalogue(t *testing.T) {
	said := messages(t)
	if len(said) < 150 {
		t.Fatalf("only %d messages were found", len(said))
	}
	for _, code := range languages(t) {
		l := language(t, code)
		if l.Code != code {
			t.Errorf("%s.json is of %q", code, l.Code)
		}
		missing := []string{}
		for _, message := range slices.Sorted(maps.Keys(said)) {
			if l.Messages[message] != "" {
				continue
			}
			missing = append(missing, message)
		}
		if len(missing) > 0 {
			list, _ := json.Marshal(missing)
			t.Errorf("%s.json lacks %d translations: %s", code, len(missing), list)
		}
		for message, says := range l.Messages {
			if said[message] == "" {
				t.Errorf("%s.json translates what nobody says: %q", code, message)
				continue
			}
			check(t, l, message, says)
		}
	}
}

var element = regexp.MustCompile(`</?\d+>`)

// check holds a translation to the message's places.
func check(t *testing.T, l *Language, message, says string) {
	sorted := func(s string, what *regexp.Regexp) string {
		all := what.FindAllString(s, -1)
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	if a, b := sorted(message, element), sorted(says, element); a != b {
		t.Errorf("%s: %q has the elements %s, and not %s", l.Code, says, b, a)
	}
	places := func(s string) map[string]bool {
		out := map[string]bool{}
		for _, m := range place.FindAllStringSubmatch(s, -1) {
			out[m[1]] = true
		}
		return out
	}
	if a, b := places(message), places(says); !maps.Equal(a, b) {
		t.Errorf("%s: %q has not the places of %q", l.Code, says, message)
	}
	if rest := place.ReplaceAllString(says, ""); strings.ContainsAny(rest, "{}|#") && !strings.ContainsAny(place.ReplaceAllString(message, ""), "{}|#") {
		t.Errorf("%s: %q has what is no place", l.Code, says)
	}
	for _, m := range place.FindAllStringSubmatch(says, -1) {
		if n := strings.Count(m[2], "|"); n != 0 && n != l.Forms() {
			t.Errorf("%s: %q has %d forms, where there are %d", l.Code, says, n, l.Forms())
		}
	}
	for _, m := range place.FindAllStringSubmatch(message, -1) {
		if m[2] == "" && strings.Contains(says, "{"+m[1]+"|") {
			continue // a number whose form matters there alone
		}
		if m[2] != "" && strings.Contains(m[2], "#") && !strings.Contains(says, "{"+m[1]+"}") && !strings.Contains(says, "{"+m[1]+"|") {
			t.Errorf("%s: %q does not tell the number of %q", l.Code, says, message)
		}
	}
}

// TestPageOffersTheLanguages: those that can be chosen are those that there are, by their own
// names.
func TestPageOffersTheLanguages(t *testing.T) {
	page := read(t, "../../site/index.html")
	for _, code := range languages(t) {
		l := language(t, code)
		want := `<option value="` + code + `" lang="` + code + `">` + l.Name + `</option>`
		if l.Dir == "rtl" {
			want = strings.Replace(want, `">`+l.Name, `" dir="rtl">`+l.Name, 1)
			if !strings.Contains(page, code+".rtl") {
				t.Errorf("the page does not know that %s is written from the right", l.Name)
			}
		}
		if !strings.Contains(page, want) {
			t.Errorf("the page does not offer %s", want)
		}
	}
}

// TestFilesAreTidy: the files are as this test would write them, sorted, so that a change is a
// line.
func TestFilesAreTidy(t *testing.T) {
	for _, code := range languages(t) {
		data := read(t, code+".json")
		var all map[string]any
		if err := json.Unmarshal([]byte(data), &all); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(all); err != nil {
			t.Fatal(err)
		}
		if b.String() == data {
			continue
		}
		if os.Getenv("TIDY") != "" {
			if err := os.WriteFile(code+".json", b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s.json is not sorted and indented; TIDY=1 go test ./wasm/text does it", code)
	}
}
