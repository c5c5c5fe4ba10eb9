package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/host"
	"homeroom/tools/homeroom/joined"
)

type serve struct {
	Addr string `placeholder:"HOST:PORT" help:"Address to serve on. Default: 127.0.0.1:8080, or the next free port where that one is taken."`
	Dist string `placeholder:"DIR" type:"existingdir" help:"Folder with the finished page. Default: $HOMEROOM_DIST, dist next to the program's folder, the page in the program itself, or dist in the working folder."`
}

// grace is how long answers that are under way may take to finish.
const grace = 3 * time.Second

func (s *serve) Run(con *console.Console) error {
	handler, err := s.page(con)
	if err != nil {
		return err
	}
	defer handler.Close()
	listener, err := host.Listen(s.Addr)
	if err != nil {
		return err
	}
	con.Finishes.Store(true)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	fmt.Fprintf(con.Out, "Homeroom is at http://%s/ (Ctrl+C ends it)\n", listener.Addr())
	if !host.Loopback(listener.Addr()) {
		fmt.Fprintln(con.Out, "Other machines can reach this address. Browsers keep threads, offline use and the camera for https, so put a server that speaks it in front for them.")
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-con.Context.Done():
	}
	end, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// files finds the finished page.
func (s *serve) files() (catalog.Files, error) {
	if s.Dist != "" {
		return catalog.InFolder(s.Dist), nil
	}
	page, err := catalog.FindFiles("HOMEROOM_DIST", "dist", "index.html", ".")
	if errors.Is(err, joined.ErrCut) {
		return catalog.Files{}, err
	}
	if err != nil {
		return catalog.Files{}, fmt.Errorf("the page was not found: %w; make it with \"make build\", or name its folder with --dist", err)
	}
	return page, nil
}

// page opens the finished page.
func (s *serve) page(con *console.Console) (*host.Handler, error) {
	page, err := s.files()
	switch {
	case err != nil:
		return nil, err
	case page.Folder != "":
		return host.Open(page.Folder)
	}
	if files, is := page.Files.(*joined.Files); is {
		for _, fault := range files.Damaged() {
			fmt.Fprintln(con.Err, "homeroom:", fault)
		}
	}
	handler, err := host.New(page.Files)
	if err != nil {
		return nil, fmt.Errorf("the page in the program %w", err)
	}
	return handler, nil
}
