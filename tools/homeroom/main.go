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
// The exit status is 0, or 1 where something failed, or 2 where the command line was not
// understood.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"homeroom/core/training"
	"homeroom/tools/homeroom/alike"
	"homeroom/tools/homeroom/classify"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/convert"
	"homeroom/tools/homeroom/eval"
	"homeroom/tools/homeroom/export"
	"homeroom/tools/homeroom/finetune"
	"homeroom/tools/homeroom/inspect"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/homeroom/review"
	"homeroom/tools/whole"
)

// commands is the command line.
type commands struct {
	Classify   classify.Command `cmd:"" help:"Name what photos show."`
	Undo       undo             `cmd:"" help:"Take back what classify --sort-into did."`
	Duplicates alike.Duplicates `cmd:"" help:"Find photos that are there more than once: files, pictures, bursts."`
	Similar    alike.Similar    `cmd:"" help:"Find photos that are like one."`
	Map        alike.Map        `cmd:"" help:"Lay photos out as points, those that look alike near one another."`
	Review     review.Command   `cmd:"" help:"List photos of unsure names, and take your answers back into a project."`
	Finetune   finetune.Command `cmd:"" help:"Teach classes of your own, from folders of photos."`
	Eval       eval.Command     `cmd:"" help:"Measure a network's accuracy on labelled photos."`
	Convert    convert.Command  `cmd:"" help:"Convert a pretrained network to a pack."`
	Export     export.Command   `cmd:"" help:"Write what was taught, or a network, for other programs."`
	Inspect    inspect.Command  `cmd:"" help:"Print the layers of a pack or a checkpoint."`
	Weights    convert.Weights  `cmd:"" help:"Make the packs of the catalogue anew from their published sources."`
	Bench      bench            `cmd:"" help:"Measure the speed of a network on this machine."`
	Serve      serve            `cmd:"" help:"Serve the page."`
	Licences   licences         `cmd:"" help:"Print the licences of all that is in the program: code, networks and photos."`
	Version    version          `cmd:"" help:"Print the version."`
}

func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	ctx, end := context.WithCancel(context.Background())
	con := &console.Console{Context: ctx, Out: &console.Screen{To: os.Stdout}, Err: &console.Screen{To: os.Stderr}, Terminal: console.Terminal(os.Stderr), In: os.Stdin}
	go func() {
		s := <-told
		end()
		if con.Finishes.Load() {
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
	for _, k := range training.Kinds {
		all = append(all, string(k))
	}
	return strings.Join(all, ",")
}

// exit is what kong's --help ends with.
type exit int

// run carries out a command line and returns the exit status.
func run(con *console.Console, args []string) (status int) {
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
		kong.Writers(con.Out, con.Err),
		kong.Vars{"heads": headKinds()},
		kong.KindMapper(reflect.String, kong.MapperFunc(console.Text)),
		kong.NamedMapper("existingfile", console.Existing(false)),
		kong.NamedMapper("existingdir", console.Existing(true)),
		kong.NamedMapper("existingphotos", photofile.ExistingPhotos()),
		kong.Exit(func(code int) { panic(exit(code)) }),
	)
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(con.Err, "homeroom: %v\nhomeroom --help lists the commands, homeroom COMMAND --help their options\n", err)
		return 2
	}
	defer con.Close()
	err = command.Run(con)
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, console.ErrSome):
		fmt.Fprintln(con.Err, "homeroom:", err)
	}
	return 1
}
