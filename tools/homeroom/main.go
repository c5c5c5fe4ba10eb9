// Command homeroom names photos, learns classes of your own, judges networks on labelled ones,
// converts pretrained networks to packs, and serves the page. It runs the same engine as the page
// and gives the same answers.
//
//	homeroom classify photo.jpg
//	homeroom finetune --train photos --out things.homeroom
//	homeroom classify --head things.homeroom photo.jpg
//	homeroom eval --manifest photos.csv
//	homeroom convert network.pth -o network.pack
//	homeroom inspect network.pack
//	homeroom serve
//
// The exit status is 0, or 1 where something failed, or 2 where the command line
// was not understood.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"homeroom/core/head"
	"homeroom/tools/whole"
)

// commands is the command line.
type commands struct {
	Classify classify  `cmd:"" help:"Name what photos show."`
	Finetune finetune  `cmd:"" help:"Teach classes of your own, from folders of photos."`
	Eval     eval      `cmd:"" help:"Measure a network's accuracy on labelled photos."`
	Convert  convert   `cmd:"" help:"Convert a pretrained network to a pack."`
	Export   exporting `cmd:"" help:"Write what was taught, or a network, for other programs."`
	Inspect  inspect   `cmd:"" help:"Print the layers of a pack or a checkpoint."`
	Weights  remake    `cmd:"" help:"Make the packs of the catalogue anew from their published sources."`
	Bench    bench     `cmd:"" help:"Measure the speed of a network on this machine."`
	Serve    serve     `cmd:"" help:"Serve the page."`
	Licences licences  `cmd:"" help:"Print the licences of all that is in the program: code, networks and photos."`
	Version  version   `cmd:"" help:"Print the version."`
}

// console is what a command has of the world.
type console struct {
	ctx      context.Context // ends when the command is to end
	out, err io.Writer
	finishes atomic.Bool // the command ends by itself soon after ctx, and wants to
	ends     []func() error
}

// after has end called when the command is over.
func (con *console) after(end func() error) { con.ends = append(con.ends, end) }

// close calls what is to be called when the command is over.
func (con *console) close() {
	for _, end := range con.ends {
		_ = end() // of files that were only read
	}
}

// errSome says that some photos failed, each of which was reported already.
var errSome = errors.New("some photos failed")

func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	ctx, end := context.WithCancel(context.Background())
	con := &console{ctx: ctx, out: &screen{to: os.Stdout}, err: &screen{to: os.Stderr}}
	go func() {
		s := <-told
		end()
		if con.finishes.Load() {
			select {
			case <-told: // again: at once
			case <-time.After(grace + time.Second):
			}
		}
		whole.Abandon()
		status := 1
		if n, ok := s.(syscall.Signal); ok {
			status = 128 + int(n) // as shells have it
		}
		os.Exit(status)
	}()
	os.Exit(run(con, os.Args[1:]))
}

// headKinds lists the kinds of head, with commas between them.
func headKinds() string {
	var all []string
	for _, k := range head.Kinds {
		all = append(all, string(k))
	}
	return strings.Join(all, ",")
}

// exit is what kong's --help ends with.
type exit int

// run carries out a command line and returns the exit status.
func run(con *console, args []string) (status int) {
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case exit:
			status = int(fault)
		default:
			panic(fault)
		}
	}()
	var c commands
	parser := kong.Must(&c,
		kong.Name("homeroom"),
		kong.Description("Names photos on your own machine. Nothing is uploaded."),
		kong.Writers(con.out, con.err),
		kong.Vars{"heads": headKinds()},
		kong.KindMapper(reflect.String, kong.MapperFunc(text)),
		kong.NamedMapper("existingfile", existing(false)),
		kong.NamedMapper("existingdir", existing(true)),
		kong.NamedMapper("existingphotos", existingPhotos()),
		kong.Exit(func(code int) { panic(exit(code)) }),
	)
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(con.err, "homeroom: %v\nhomeroom --help lists the commands, homeroom COMMAND --help their options\n", err)
		return 2
	}
	defer con.close()
	err = command.Run(con)
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, errSome):
		fmt.Fprintln(con.err, "homeroom:", err)
	}
	return 1
}
