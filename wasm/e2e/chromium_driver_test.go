package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A chromiumTab is the driver of a tab of Chromium, which the context names. Nodes are those of
// its DevTools protocol.
type chromiumTab struct{}

func (chromiumTab) navigate(ctx context.Context, url string) error {
	return chromedp.Do(ctx, chromedp.Navigate(url))
}

func (chromiumTab) reload(ctx context.Context) error { return chromedp.Do(ctx, chromedp.Reload()) }

func (chromiumTab) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
}

func (chromiumTab) call(ctx context.Context, n node, function string, args []json.RawMessage) (json.RawMessage, error) {
	resolved, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: cdp.BackendNodeID(n)})
	if err != nil {
		return nil, err
	}
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: resolved.Object.ObjectID, ReturnByValue: yes(), AwaitPromise: yes()}
	for _, a := range args {
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: []byte(a)})
	}
	result, err := chromedp.Call(ctx, runtime.CallFunctionOn, params)
	if err != nil {
		return nil, err
	}
	if result.ExceptionDetails != nil {
		return nil, fmt.Errorf("%s: %s", function, result.ExceptionDetails.Text)
	}
	return json.RawMessage(result.Result.Value), nil
}

func yes() *bool { b := true; return &b }

func (chromiumTab) findAll(ctx context.Context, role, name string) (found []node, err error) {
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return nil, err
	}
	for _, n := range tree.Nodes {
		if !n.Ignored && n.Role != nil && unquote(n.Role.Value) == role && (name == "" || n.Name != nil && unquote(n.Name.Value) == name) {
			found = append(found, node(n.BackendDOMNodeID))
		}
	}
	return found, nil
}

func (chromiumTab) focused(ctx context.Context) (role, name string, err error) {
	active, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"})
	if err != nil {
		return "", "", err
	}
	part, err := chromedp.Call(ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: active.Result.ObjectID})
	if err != nil {
		return "", "", err
	}
	for _, n := range part.Nodes {
		if !n.Ignored && n.Role != nil && n.Name != nil {
			return unquote(n.Role.Value), unquote(n.Name.Value), nil
		}
	}
	return "", "", nil
}

func (chromiumTab) click(ctx context.Context, x, y float64) error {
	return chromedp.Do(ctx, chromedp.MouseClickXY(x, y))
}

func (chromiumTab) press(ctx context.Context, key string, with ...chromedp.Modifier) error {
	return chromedp.Do(ctx, chromedp.KeyEvent(key, chromedp.KeyModifiers(with...)))
}

func (chromiumTab) choose(ctx context.Context, n node, paths []string) error {
	_, err := chromedp.Call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, BackendNodeID: cdp.BackendNodeID(n)})
	return err
}

func (b chromiumTab) chooser(ctx context.Context, open func(), paths []string) error {
	if _, err := chromedp.Call(ctx, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true}); err != nil {
		return err
	}
	choosers := chromedp.Events(ctx, page.FileChooserOpened)
	open()
	for event, err := range choosers {
		if err != nil {
			return err
		}
		return b.choose(ctx, node(event.BackendNodeID), paths)
	}
	return errors.New("no dialogue for files opened")
}

func (chromiumTab) window(ctx context.Context, width, height int64) error {
	return chromedp.Do(ctx, chromedp.EmulateViewport(width, height))
}

func (chromiumTab) downloads(ctx context.Context, folder string) error {
	_, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: "allow", DownloadPath: folder, BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
	})
	return err
}

func (chromiumTab) start(ctx context.Context, script string) error {
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	return err
}

func (chromiumTab) front(ctx context.Context) error {
	_, err := chromedp.Call(ctx, page.BringToFront, cdp.Empty{})
	return err
}

func (chromiumTab) tree(ctx context.Context) string {
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil || n.Name == nil || string(n.Name.Value) == `""` || string(n.Role.Value) == `"InlineTextBox"` {
			continue
		}
		fmt.Fprintf(&out, "%s %s\n", n.Role.Value, n.Name.Value)
	}
	return out.String()
}
