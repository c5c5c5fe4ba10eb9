// Command wasmlink rewrites the kernels of a program built with GOOS=js GOARCH=wasm for speed, and
// splits off a helper module for threads. See package postlink.
//
//	GOOS=js GOARCH=wasm go build -o homeroom.wasm ./wasm
//	wasmlink homeroom.wasm -o dist/homeroom.wasm
//	wasmlink homeroom.wasm -o dist/homeroom-relaxed.wasm --relaxed
//	wasmlink homeroom.wasm -o dist/homeroom.wasm --threads
package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"homeroom/tools/wasmlink/postlink"
	"homeroom/tools/wasmlink/wasmbin"
)

// packages are those in whose loops the program spends its time: the kernels, what opens a pack,
// what comes before a network, and what learns. The rest stays as the linker made it.
var packages = []string{
	postlink.DefaultPackage, "math",
	"homeroom/core/graph", "homeroom/core/pack", "crypto/internal/fips140/sha256", "hash/crc32", "encoding/json",
	"homeroom/core/photo", "homeroom/core/photo/jpeg", "image/jpeg", "image/png", "compress/flate", "golang.org/x/image/vp8", "golang.org/x/image/vp8l",
	"github.com/nfnt/resize",
	"homeroom/core/matrix", "homeroom/core/bank", "homeroom/core/head", "homeroom/core/training", "gonum.org/v1/gonum/internal/asm/f64",
}

// unused are packages that come with net/http, whose requests and answers the page's library for
// fetching takes and gives: a browser does all of this itself. Package initialisers and the methods
// of certificates keep them in the program, and nothing of it calls them.
var unused = []string{
	"crypto/internal/fips140/nistec/fiat", "crypto/internal/fips140/nistec", "crypto/internal/fips140/ecdh", "crypto/internal/fips140/ecdsa",
	"crypto/internal/fips140/edwards25519/field", "crypto/internal/fips140/edwards25519", "crypto/internal/fips140/ed25519",
	"crypto/internal/fips140/bigmod", "crypto/internal/fips140/rsa", "crypto/internal/fips140/mlkem", "crypto/internal/fips140/mldsa",
	"crypto/internal/fips140/aes", "crypto/internal/fips140/aes/gcm", "crypto/internal/fips140/drbg", "crypto/internal/fips140/sha3",
	"crypto/internal/fips140/sha512", "crypto/internal/fips140/hmac", "crypto/internal/fips140/hkdf", "crypto/internal/fips140/tls12", "crypto/internal/fips140/tls13",
	"crypto/ecdh", "crypto/ecdsa", "crypto/rsa", "crypto/hpke", "crypto/mlkem", "crypto/x509", "crypto/x509/pkix", "crypto/tls",
	"crypto/internal/rand", "crypto/rand", "crypto/md5", "crypto/sha1", "crypto/sha3", "crypto/sha512", "encoding/asn1", "math/big",
	"vendor/golang.org/x/crypto/cryptobyte", "vendor/golang.org/x/net/idna", "vendor/golang.org/x/text/unicode/bidi", "vendor/golang.org/x/text/secure/bidirule", "vendor/golang.org/x/net/dns/dnsmessage",
	"vendor/golang.org/x/net/http/httpproxy", "vendor/golang.org/x/net/http/httpguts", "vendor/golang.org/x/text/unicode/norm",
	"net", "mime", "mime/multipart", "log",
}

// always are packages whose functions are in the first of two modules, named there or not: kernels,
// which helper threads have to find, what browsers call while the program calls them, and what a
// first visit runs now one part of and now another.
var always = []string{
	postlink.DefaultPackage, "homeroom/core/graph", "homeroom/core/pack", "homeroom/core/photo", "homeroom/core/photo/jpeg",
	"homeroom/wasm/browser", "homeroom/wasm/codec", "homeroom/wasm/promise", "homeroom/wasm/protocol", "homeroom/wasm/markup", "homeroom/wasm/text", "homeroom/wasm/words",
	"homeroom/wasm/app", "homeroom/wasm/app/classify", "homeroom/wasm/app/classify/sift", "homeroom/wasm/app/outside", "homeroom/wasm/app/pool", "homeroom/wasm/app/queue",
}

type options struct {
	In        string   `arg:"" type:"existingfile" help:"Program as go build made it, not linked with -s."`
	Out       string   `short:"o" placeholder:"FILE" help:"Where the rewritten program goes."`
	Package   []string `placeholder:"PATH" default:"${packages}" help:"Import path of a package to rewrite. May be repeated. Default: ${packages}."`
	Without   []string `placeholder:"PATH" help:"Package of these that the program does not use. May be repeated. It is an error if one that is not named here matches nothing."`
	Unused    []string `placeholder:"PATH" help:"Import path of a package that the program holds and never enters; its code is taken out. May be repeated."`
	NoTLS     bool     `name:"no-tls" help:"The same for all that net/http brings along for connections of its own."`
	Part      bool     `help:"The program is a part of the whole, such as a test's: no package has to match."`
	Relaxed   bool     `help:"Fuse multiplications and additions; needs an engine with relaxed SIMD."`
	Threads   bool     `help:"Make the program import a shared memory, and put the module of its helper threads into a section of it."`
	Entry     string   `default:"homeroom/core/kernel.RunRange" help:"Function that helpers run: func(job *T, from, to int)."`
	Export    string   `default:"run" help:"Name by which the helper exports it."`
	MaxPages  uint32   `default:"32768" help:"Maximum of the shared memory, in pages of 64 KiB."`
	MaxStack  int      `default:"65536" help:"Most stack that the entry may take, in bytes."`
	First     string   `placeholder:"FILE" type:"existingfile" help:"Split the program: functions that this file names, one a line, and those within them, and those of the runtime stay in it."`
	Rest      string   `placeholder:"FILE" help:"Where all others go."`
	Always    []string `placeholder:"PATH" default:"${always}" help:"Import path of a package whose functions stay in it, too. May be repeated. Default: ${always}."`
	Trace     string   `placeholder:"FILE" help:"Have all functions note that they ran, and write their names into this file, one a line, by their numbers; lines of those that stay in any case are empty."`
	KeepNames bool     `help:"Keep the names of functions in the program."`
	Verbose   bool     `short:"v" help:"Tell what was done to each function."`
	Dump      string   `placeholder:"NAME" help:"Print the functions whose name holds NAME, as they come and as they go."`
}

func main() {
	var o options
	ctx := kong.Parse(&o, kong.Name("wasmlink"), kong.Description("Rewrites the kernels of a Go program for WebAssembly."),
		kong.Vars{"packages": strings.Join(packages, ","), "always": strings.Join(always, ",")})
	ctx.FatalIfErrorf(o.run())
}

func (o *options) run() error {
	in, err := os.ReadFile(o.In)
	if err != nil {
		return err
	}
	if o.Dump != "" {
		if err := dump(in, o.Dump); err != nil {
			return fmt.Errorf("%s: %w", o.In, err)
		}
	}
	wanted := slices.DeleteFunc(slices.Clone(o.Package), func(p string) bool { return slices.Contains(o.Without, p) })
	opt := postlink.Options{Packages: wanted, Part: o.Part, Relaxed: o.Relaxed, Unused: o.Unused, Trace: o.Trace != "", KeepNames: o.KeepNames || o.Dump != ""}
	if o.NoTLS {
		opt.Unused = append(opt.Unused, unused...)
	}
	if o.Threads {
		opt.Threads = &postlink.Threads{Entry: o.Entry, Export: o.Export, MaxPages: o.MaxPages, MaxStack: o.MaxStack}
	}
	if o.First != "" {
		if o.Rest == "" {
			return errors.New("--first needs --rest FILE, for what is not named")
		}
		if opt.Split, err = o.split(); err != nil {
			return err
		}
	}
	out, err := postlink.Link(in, opt)
	if err != nil {
		return fmt.Errorf("%s: %w", o.In, err)
	}
	if o.Verbose {
		for _, f := range out.Functions {
			fmt.Printf("%s: restructured %t, load-splats %d, offsets %d, slots %d, hoisted %d, fused %d\n",
				f.Name, f.Restructured, f.LoadSplats, f.Offsets, f.Slots, f.Hoisted, f.Fused)
		}
		if out.Helper != nil {
			fmt.Printf("helper: %d bytes, %d bytes of stack\n", len(out.Helper), out.Stack)
		}
	}
	if o.Dump != "" {
		if err := dump(out.Main, o.Dump); err != nil {
			return err
		}
	}
	if o.Trace != "" {
		for i, name := range out.Movable {
			if o.stays(name) {
				out.Movable[i] = ""
			}
		}
		if err := os.WriteFile(o.Trace, []byte(strings.Join(out.Movable, "\n")+"\n"), 0o644); err != nil {
			return err
		}
	}
	if o.Rest != "" {
		if err := os.WriteFile(o.Rest, out.Rest, 0o644); err != nil {
			return err
		}
	}
	if o.Out == "" {
		return nil
	}
	return os.WriteFile(o.Out, out.Main, 0o644)
}

// split reads which functions stay.
func (o *options) split() (*postlink.Split, error) {
	text, err := os.ReadFile(o.First)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			named[postlink.Outermost(line)] = true
		}
	}
	return &postlink.Split{Small: 1024, First: func(name string) bool {
		return named[postlink.Outermost(name)] || o.stays(name)
	}}, nil
}

func (o *options) stays(name string) bool {
	return slices.ContainsFunc(o.Always, func(p string) bool { return postlink.InPackage(name, p) })
}

// dump prints functions in the shape of the text format.
func dump(data []byte, name string) error {
	m, err := wasmbin.Decode(data)
	if err != nil {
		return err
	}
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		if !strings.Contains(m.FuncName(i), name) {
			continue
		}
		f, err := m.Func(i)
		if err != nil {
			return err
		}
		if err := m.Print(os.Stdout, i, f); err != nil {
			return err
		}
	}
	return nil
}
