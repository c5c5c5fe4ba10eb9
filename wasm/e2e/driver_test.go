package e2e

import (
	"context"
	"encoding/json"

	"github.com/chromedp/chromedp"
)

// A node is an element of an open page, by the number that its driver gave it.
type node int64

// A driver does in an open tab of one browser what a person does, and reads what is there. What is
// told by role and name is so by the browser's own accessibility. Tests that use a tab's own steps
// alone, and so only this, run in every browser.
type driver interface {
	navigate(ctx context.Context, url string) error
	reload(ctx context.Context) error
	evaluate(ctx context.Context, expression string) (json.RawMessage, error) // what it comes to, awaited
	call(ctx context.Context, n node, function string, args []json.RawMessage) (json.RawMessage, error)
	findAll(ctx context.Context, role, name string) ([]node, error) // name "" is any
	focused(ctx context.Context) (role, name string, err error)     // of what has the keyboard
	click(ctx context.Context, x, y float64) error                  // of the mouse, in pixels of the window
	press(ctx context.Context, key string, with ...chromedp.Modifier) error
	choose(ctx context.Context, n node, paths []string) error       // files, by an input element
	chooser(ctx context.Context, open func(), paths []string) error // files, by the dialogue that open brings up
	window(ctx context.Context, width, height int64) error          // sets the window's size
	downloads(ctx context.Context, folder string) error             // where what is saved goes
	start(ctx context.Context, script string) error                 // runs in each later document before its own scripts
	front(ctx context.Context) error                                // brings the tab before the others
	tree(ctx context.Context) string                                // the page as assistive software sees it
}
