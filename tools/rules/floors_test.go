package rules

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// floors are the packages of wasm/app, from the ground up: a file may import packages of floors
// below its own, and none beside it.
var floors = [][]string{
	{"outside", "teach/base/basetest"},
	{"queue", "pool", "catalogue", "tiles"},
	{"sheet", "answers"},
	{"teach/base"},
	{"teach/learn"},
	{"teach/ask", "teach/result", "teach/share", "classify/sift", "classify/live", "classify/atlas", "classify/alike"},
	{"teach/lesson"},
	{"teach", "classify", "folder", "inside"},
	{"."},
}

// beside is what wasm/app may import of this module besides core, models and itself: nothing that
// needs a browser.
var beside = map[string]bool{"wasm/markup": true, "wasm/protocol": true, "wasm/text": true, "wasm/words": true}

// seeded is what of package rand is the same for the same seed.
var seeded = map[string]bool{"Rand": true, "New": true, "NewPCG": true, "Source": true, "PCG": true}

// clocks are what of package time tells the time or waits for it.
var clocks = map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true, "Tick": true, "NewTimer": true, "NewTicker": true}

// TestFloors holds the files of wasm/app to what lies below them, and to plain values: they start
// nothing, wait for nothing and look at no clock.
func TestFloors(t *testing.T) {
	const place = "wasm/app"
	floor := map[string]int{}
	for i, packages := range floors {
		for _, p := range packages {
			floor[path.Join(place, p)] = i
		}
	}
	seen := map[string]bool{}
	walk(t, func(name string) {
		folder := path.Dir(name)
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || folder != place && !strings.HasPrefix(folder, place+"/") {
			return
		}
		own, known := floor[folder]
		if !known {
			t.Errorf("%s is on no floor: give its package one", name)
			return
		}
		seen[folder] = true
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		packageOf := map[string]string{} // by the name that the file has for it
		for _, spec := range f.Imports {
			full, _ := strconv.Unquote(spec.Path.Value)
			own := strings.TrimSuffix(full, "/v2")
			own = own[strings.LastIndex(own, "/")+1:]
			if spec.Name != nil {
				own = spec.Name.Name
			}
			packageOf[own] = full
			if own == "." && !strings.HasPrefix(full, "homeroom/") {
				t.Errorf("%s imports all names of %s", name, full)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
				t.Errorf("%s has a goroutine or a channel: what comes later is an event", name)
			case *ast.SelectorExpr:
				x, is := n.X.(*ast.Ident)
				switch of := packageOf[cmp.Or(x, &ast.Ident{}).Name]; {
				case is && of == "time" && clocks[n.Sel.Name]:
					t.Errorf("%s asks time.%s: time is an event", name, n.Sel.Name)
				case is && strings.HasPrefix(of, "math/rand") && !seeded[n.Sel.Name]:
					t.Errorf("%s asks rand.%s: chance comes with the first event", name, n.Sel.Name)
				}
			}
			return true
		})
		for _, spec := range f.Imports {
			full, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			other, ours := strings.CutPrefix(full, "homeroom/")
			below, inside := floor[other]
			switch {
			case full == "syscall/js", full == "sync", full == "sync/atomic", full == "unsafe", full == "os", strings.HasPrefix(full, "net") && full != "net/url":
				t.Errorf("%s imports %s: wasm/app is plain values", name, full)
			case inside && below >= own:
				t.Errorf("%s imports %s, which is not below it", name, other)
			case ours && strings.HasPrefix(other, "wasm/") && !inside && !beside[other]:
				t.Errorf("%s imports %s, which is outside wasm/app", name, other)
			}
		}
	})
	if len(seen) != len(floor) {
		t.Errorf("%d packages of %d are there", len(seen), len(floor))
	}
}
