package main

import (
	"bytes"
	"embed"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

//go:embed page/*.html page/*.js
var pageFiles embed.FS

// pages holds what the server gives out.
type pages struct {
	peers  string // folder of unpacked tarballs
	models string // folder of the networks
	engine string // folder of Homeroom's programs
	photos string // folder of photos from cameras
	dist   string // folder of the finished page
}

// serve gives the pages out on a free port of loopback and returns their address. The page is there
// twice: /isolated/ comes with the headers that shared memory needs, /plain/ without.
func (p pages) serve() (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	return "http://" + listener.Addr().String(), func() { server.Close() }, nil
}

func (p pages) handler() http.Handler {
	page, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/isolated/", http.StripPrefix("/isolated/", http.FileServerFS(page)))
	mux.Handle("/plain/", http.StripPrefix("/plain/", http.FileServerFS(page)))
	mux.Handle("/models/", http.StripPrefix("/models/", http.FileServer(http.Dir(p.models))))
	mux.Handle("/photos/", http.StripPrefix("/photos/", http.FileServer(http.Dir(p.photos))))
	mux.Handle("/finished/", http.StripPrefix("/finished/", http.FileServer(http.Dir(p.dist))))
	mux.Handle("/homeroom/", http.StripPrefix("/homeroom/", http.FileServer(http.Dir(p.engine))))
	for _, t := range tarballs {
		at := "/peers/" + t.folder + "/"
		mux.Handle(at, http.StripPrefix(at, http.FileServer(http.Dir(t.unpacked(p.peers)))))
	}
	// LiteRT.js imports its other package by name, which a browser cannot look up in a worker.
	mux.HandleFunc("/peers/litertjs-core/dist/index.js", func(w http.ResponseWriter, r *http.Request) {
		for _, t := range tarballs {
			if t.folder != "litertjs-core" {
				continue
			}
			text, err := os.ReadFile(filepath.Join(t.unpacked(p.peers), "dist", "index.js"))
			if err != nil {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/javascript")
			w.Write(bytes.Replace(text, []byte(`from "@litertjs/wasm-utils"`), []byte(`from "/peers/litertjs-wasm-utils/dist/bundle.js"`), 1))
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if len(r.URL.Path) < 7 || r.URL.Path[:7] != "/plain/" {
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		}
		switch filepath.Ext(r.URL.Path) {
		case ".js", ".mjs":
			h.Set("Content-Type", "text/javascript")
		case ".wasm":
			h.Set("Content-Type", "application/wasm")
		}
		mux.ServeHTTP(w, r)
	})
}
