package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// findChromium returns the browser that HOMEROOM_CHROMIUM names, or the first that is installed.
func findChromium() (string, error) {
	if path := os.Getenv("HOMEROOM_CHROMIUM"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium was found: install it (for example: apt-get install chromium), or name one in HOMEROOM_CHROMIUM")
}

// A chromium is a running browser.
type chromium struct {
	ctx     context.Context
	version string
	profile string
	stops   []func()
}

func startChromium(ctx context.Context) (*chromium, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	c := &chromium{}
	if out, err := exec.CommandContext(ctx, path, "--version").Output(); err == nil {
		c.version = strings.TrimSpace(string(out))
	}
	if c.profile, err = os.MkdirTemp("", "homeroom-bench"); err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(c.profile),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
	)
	allocator, stop := chromedp.NewExecAllocator(ctx, options...)
	c.stops = append(c.stops, stop)
	browser, cancel := chromedp.NewContext(allocator)
	c.stops = append(c.stops, cancel)
	if err := chromedp.Do(browser); err != nil {
		c.stop()
		return nil, fmt.Errorf("%s did not start: %w", path, err)
	}
	c.ctx = browser
	return c, nil
}

func (c *chromium) stop() {
	for i := len(c.stops) - 1; i >= 0; i-- {
		c.stops[i]()
	}
	for range 50 { // it may still be writing for a moment
		if os.RemoveAll(c.profile) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A tab is one open page.
type tab struct {
	ctx    context.Context
	close  func()
	mu     sync.Mutex
	faults []string // what the console said
}

// open shows a page in a tab of its own.
func (c *chromium) open(url string, isolated bool) (*tab, error) {
	t := &tab{}
	t.ctx, t.close = chromedp.NewContext(c.ctx, chromedp.WithListener(t.hear))
	if err := chromedp.Do(t.ctx, chromedp.Navigate(url)); err != nil {
		t.close()
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	got, err := ask[bool](t, time.Minute, "self.crossOriginIsolated")
	if err == nil && got != isolated {
		err = fmt.Errorf("%s: cross-origin isolation is %t", url, got)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *tab) hear(event any) {
	fault := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			fault += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" {
			fault = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if fault != "" {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.faults = append(t.faults, fault)
	}
}

// said returns what the console said since the last call.
func (t *tab) said() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.faults
	t.faults = nil
	return out
}

// ask evaluates an expression in the page, which may be a promise.
func ask[T any](t *tab, patience time.Duration, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// call calls a function of the page with one argument.
func call[T any](t *tab, patience time.Duration, function string, argument any) (T, error) {
	text, err := json.Marshal(argument)
	if err != nil {
		panic(err)
	}
	return ask[T](t, patience, fmt.Sprintf("%s(%s)", function, text))
}
