package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// firefox is a running Firefox where HOMEROOM_BROWSER asks for it; all tests of the process run in
// it then.
var firefox *foxBrowser

// flows are the tests that run in Firefox as they run in Chromium.
var flows = []string{
	"TestFirstMinute", "TestKeyboardAlone", "TestSaveResults", "TestTeachTwoClassesAndNameNewPhotos", "TestWorksOffline",
	"TestDropPickAndPaste", "TestFilesAddedWhileLoadingAreNamed", "TestFilesDroppedWhileTeachLoadsAreTaken", "TestPhotosAreFound", "TestGroupsAndStacks", "TestPickedAndSimilar",
	"TestKeysOfClassify", "TestRelabelUndoRedoAndVersions", "TestUndoOutlivesTheTab", "TestProjectFile", "TestKeysOfTeach", "TestAskMeNext",
	"TestHowNetworksGrew", "TestCameraNames", "TestCameraIsRefused", "TestLanguages", "TestPlaces",
}

// A foxBrowser is a Firefox that is driven over WebDriver BiDi, which it speaks itself: JSON
// messages through a web socket.
type foxBrowser struct {
	program *exec.Cmd
	alive   io.Closer // once it is closed, and so with these tests, the program ends
	conn    *websocket.Conn
	mu      sync.Mutex
	last    int
	waiting map[int]chan foxMessage
	tabs    map[string]*foxTab // by browsing context
}

// A foxMessage is what comes from Firefox: the answer to a command, or an event.
type foxMessage struct {
	Type           string
	ID             int
	Result, Params json.RawMessage
	Method         string
	Error, Message string
}

// settings of the profile: nothing but the tests' servers is reached, and a camera that needs no
// permission shows a test picture.
var settings = map[string]any{
	"network.proxy.type": 1, "network.proxy.allow_hijacking_localhost": true, "network.proxy.no_proxies_on": "",
	"media.navigator.streams.fake": true, "media.navigator.permission.disabled": true,
	"browser.startup.page": 0, "browser.shell.checkDefaultBrowser": false, "datareporting.policy.dataSubmissionEnabled": false,
	"toolkit.telemetry.enabled": false, "app.normandy.enabled": false, "app.update.disabledForTesting": true, "extensions.update.enabled": false,
	"browser.safebrowsing.malware.enabled": false, "browser.safebrowsing.phishing.enabled": false, "browser.safebrowsing.blockedURIs.enabled": false,
	"services.settings.server": "data:,#remote-settings-dummy/v1", "network.captive-portal-service.enabled": false, "network.connectivity-service.enabled": false,
	"browser.region.network.url": "", "browser.topsites.contile.enabled": false, "browser.newtabpage.enabled": false, "media.gmp-manager.updateEnabled": false,
	"browser.download.useDownloadDir": true, "browser.download.folderList": 2, "browser.download.always_ask_before_handling_new_types": false,
	"intl.accept_languages": "en-GB, en", "accessibility.tabfocus": 7, "browser.cache.disk.enable": true, "remote.log.level": "Warn",
}

// outlived runs a program that ends with its standard input, or, where that is closed first, is
// ended: tests that are killed leave none behind.
const outlived = `exec 3<&0; "$@" </dev/null & child=$!; { cat <&3; kill $child; } >/dev/null 2>&1 & exec 3<&-; wait $child`

// startFirefox starts it with a fresh profile in a folder, and all its traffic through a proxy.
func startFirefox(profile, proxy string) (*foxBrowser, error) {
	path := os.Getenv("HOMEROOM_FIREFOX")
	for _, name := range []string{"firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		return nil, errors.New("These tests need Firefox: install it (for example: apt-get install firefox-esr), or name its program in HOMEROOM_FIREFOX.")
	}
	through, err := url.Parse(proxy)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(through.Port())
	if err != nil {
		return nil, err
	}
	var prefs strings.Builder
	for name, value := range settings {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&prefs, "user_pref(%q, %s);\n", name, text)
	}
	for _, kind := range []string{"http", "ssl"} {
		fmt.Fprintf(&prefs, "user_pref(\"network.proxy.%[1]s\", %[2]q);\nuser_pref(\"network.proxy.%[1]s_port\", %[3]d);\n", kind, through.Hostname(), port)
	}
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(prefs.String()), 0o600); err != nil {
		return nil, err
	}
	b := &foxBrowser{waiting: make(map[int]chan foxMessage), tabs: make(map[string]*foxTab)}
	b.program = exec.Command("sh", "-c", outlived, "sh", path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank")
	b.program.Env = append(os.Environ(), "MOZ_CRASHREPORTER_DISABLE=1", "HOME="+profile)
	said, err := b.program.StderrPipe()
	if err == nil {
		b.alive, err = b.program.StdinPipe()
	}
	if err != nil {
		return nil, err
	}
	if err := b.program.Start(); err != nil {
		return nil, err
	}
	address := ""
	lines := bufio.NewScanner(said)
	for address == "" && lines.Scan() {
		_, address, _ = strings.Cut(lines.Text(), "WebDriver BiDi listening on ")
	}
	if address == "" {
		return nil, errors.Join(fmt.Errorf("Firefox at %s did not start", path), b.program.Wait())
	}
	go func() {
		for lines.Scan() { // what is not read would stop it
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if b.conn, _, err = websocket.Dial(ctx, address+"/session", nil); err != nil {
		return nil, err
	}
	b.conn.SetReadLimit(-1)
	go b.listen()
	for _, c := range []struct {
		method string
		params any
	}{
		{"session.new", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{"unhandledPromptBehavior": map[string]string{"default": "accept", "file": "dismiss"}}}}},
		{"session.subscribe", map[string]any{"events": []string{"log.entryAdded", "input.fileDialogOpened"}}},
	} {
		if _, err := b.command(ctx, c.method, c.params); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *foxBrowser) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, _ = b.command(ctx, "browser.close", struct{}{})
	ended := make(chan error, 1)
	go func() { ended <- b.program.Wait() }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		_ = b.alive.Close()
		<-ended
	}
}

// listen passes on what comes until the connection ends.
func (b *foxBrowser) listen() {
	for {
		var m foxMessage
		if err := wsjson.Read(context.Background(), b.conn, &m); err != nil {
			b.mu.Lock()
			for _, answer := range b.waiting {
				answer <- foxMessage{Type: "error", Error: "Firefox is gone", Message: err.Error()}
			}
			b.waiting = nil
			b.mu.Unlock()
			return
		}
		b.mu.Lock()
		if answer := b.waiting[m.ID]; m.Type != "event" && answer != nil {
			answer <- m
			delete(b.waiting, m.ID)
		}
		b.mu.Unlock()
		if m.Type == "event" {
			b.hear(m)
		}
	}
}

// hear passes an event to its tab.
func (b *foxBrowser) hear(m foxMessage) {
	var e struct {
		Level, Text string
		Source      struct{ Context string }
		Context     string
		Element     *struct{ SharedID string }
	}
	if json.Unmarshal(m.Params, &e) != nil {
		return
	}
	b.mu.Lock()
	t := b.tabs[e.Context+e.Source.Context] // one of them is empty
	b.mu.Unlock()
	switch {
	case t == nil:
	case m.Method == "log.entryAdded":
		t.complain(e.Text, e.Level == "error" || e.Level == "warn")
	case m.Method == "input.fileDialogOpened" && e.Element != nil:
		select {
		case t.chosen <- e.Element.SharedID:
		default: // nobody waits for it
		}
	}
}

// command sends a command and waits for its answer.
func (b *foxBrowser) command(ctx context.Context, method string, params any) (json.RawMessage, error) {
	b.mu.Lock()
	if b.waiting == nil {
		b.mu.Unlock()
		return nil, errors.New("Firefox is gone")
	}
	b.last++
	id, answer := b.last, make(chan foxMessage, 1)
	b.waiting[id] = answer
	b.mu.Unlock()
	if err := wsjson.Write(ctx, b.conn, map[string]any{"id": id, "method": method, "params": params}); err != nil {
		return nil, err
	}
	select {
	case m := <-answer:
		if m.Type == "error" {
			return nil, fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		}
		return m.Result, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// A foxTab is the driver of a tab of Firefox, in a container of its own.
type foxTab struct {
	*foxBrowser
	context, user string
	complain      func(line string, bad bool)
	chosen        chan string
	nodes         []string // what Firefox calls those that were found
	closing       sync.Once
}

// tab opens one.
func (b *foxBrowser) tab(complain func(line string, bad bool)) (*foxTab, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var made struct{ UserContext, Context string }
	for _, c := range []func() (string, any){
		func() (string, any) { return "browser.createUserContext", struct{}{} },
		func() (string, any) {
			return "browsingContext.create", map[string]any{"type": "tab", "userContext": made.UserContext}
		},
	} {
		method, params := c()
		result, err := b.command(ctx, method, params)
		if err == nil {
			err = json.Unmarshal(result, &made)
		}
		if err != nil {
			return nil, err
		}
	}
	t := &foxTab{foxBrowser: b, context: made.Context, user: made.UserContext, complain: complain, chosen: make(chan string, 1)}
	b.mu.Lock()
	b.tabs[t.context] = t
	b.mu.Unlock()
	return t, t.window(ctx, 1280, 900)
}

func (t *foxTab) close() {
	t.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		t.mu.Lock()
		delete(t.tabs, t.context)
		t.mu.Unlock()
		_, _ = t.command(ctx, "browser.removeUserContext", map[string]string{"userContext": t.user})
	})
}

// do gives a command for this tab.
func (t *foxTab) do(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	params["context"] = t.context
	return t.command(ctx, method, params)
}

func (t *foxTab) navigate(ctx context.Context, url string) error {
	_, err := t.do(ctx, "browsingContext.navigate", map[string]any{"url": url, "wait": "complete"})
	return err
}

func (t *foxTab) reload(ctx context.Context) error {
	_, err := t.do(ctx, "browsingContext.reload", map[string]any{"wait": "complete"})
	return err
}

func (t *foxTab) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	return t.script(ctx, "script.evaluate", map[string]any{"expression": expression})
}

func (t *foxTab) call(ctx context.Context, n node, function string, args []json.RawMessage) (json.RawMessage, error) {
	values := []map[string]string{}
	for _, a := range args {
		values = append(values, map[string]string{"type": "string", "value": string(a)})
	}
	return t.script(ctx, "script.callFunction", map[string]any{
		"functionDeclaration": "function (...args) { return (" + function + ").apply(this, args.map((a) => JSON.parse(a))); }",
		"this":                map[string]string{"sharedId": t.nodes[n]}, "arguments": values,
	})
}

// script runs one and gives what it comes to as JSON.
func (t *foxTab) script(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	params["target"] = map[string]string{"context": t.context}
	params["awaitPromise"] = true
	data, err := t.command(ctx, method, params)
	if err != nil {
		return nil, err
	}
	var r struct {
		Type             string
		Result           remoteValue
		ExceptionDetails struct{ Text string }
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, err
	}
	if r.Type != "success" {
		return nil, errors.New(r.ExceptionDetails.Text)
	}
	value, err := r.Result.plain()
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// A remoteValue is a value of JavaScript as WebDriver BiDi writes it.
type remoteValue struct {
	Type  string
	Value json.RawMessage
}

// plain is what JSON.stringify would make of it.
func (v remoteValue) plain() (any, error) {
	switch v.Type {
	case "string", "boolean", "date":
		return v.Value, nil
	case "number":
		if len(v.Value) > 0 && v.Value[0] == '"' {
			if string(v.Value) == `"-0"` {
				return 0, nil
			}
			return nil, nil // what is no number
		}
		return v.Value, nil
	case "array":
		var list []remoteValue
		if err := json.Unmarshal(v.Value, &list); err != nil {
			return nil, err
		}
		out := make([]any, len(list))
		for i, one := range list {
			var err error
			if out[i], err = one.plain(); err != nil {
				return nil, err
			}
		}
		return out, nil
	case "object":
		var pairs [][2]json.RawMessage
		if err := json.Unmarshal(v.Value, &pairs); err != nil {
			return nil, err
		}
		out := make(map[string]any, len(pairs))
		for _, pair := range pairs {
			var name string
			var one remoteValue
			if err := errors.Join(json.Unmarshal(pair[0], &name), json.Unmarshal(pair[1], &one)); err != nil {
				return nil, err
			}
			if one.Type == "undefined" {
				continue
			}
			value, err := one.plain()
			if err != nil {
				return nil, err
			}
			out[name] = value
		}
		return out, nil
	}
	return nil, nil // undefined, null, and what has no form in JSON
}

func (t *foxTab) findAll(ctx context.Context, role, name string) (found []node, err error) {
	value := map[string]string{"role": role}
	if name != "" {
		value["name"] = name
	}
	located, err := t.locate(ctx, value)
	if err == nil && len(located) == 0 && role == "button" && name != "" {
		// Firefox's names of file inputs end in what was chosen.
		located, err = t.locate(ctx, map[string]string{"role": role})
		located = slices.DeleteFunc(located, func(n foxNode) bool {
			return n.Value.Attributes["type"] != "file" || n.Value.Attributes["aria-label"] != name
		})
	}
	for _, n := range located {
		found = append(found, t.numbered(n.SharedID))
	}
	return found, err
}

// A foxNode is an element as Firefox tells of it.
type foxNode struct {
	SharedID string
	Value    struct{ Attributes map[string]string }
}

// locate asks for what has a role, a name, or both.
func (t *foxTab) locate(ctx context.Context, value map[string]string) ([]foxNode, error) {
	data, err := t.do(ctx, "browsingContext.locateNodes", map[string]any{"locator": map[string]any{"type": "accessibility", "value": value}})
	if err != nil {
		return nil, err
	}
	var r struct{ Nodes []foxNode }
	err = json.Unmarshal(data, &r)
	return r.Nodes, err
}

// numbered gives an element its number.
func (t *foxTab) numbered(id string) node {
	i := slices.Index(t.nodes, id)
	if i < 0 {
		i, t.nodes = len(t.nodes), append(t.nodes, id)
	}
	return node(i)
}

// guess is what role and name the element that has the keyboard should have, by its markup.
const guess = `(() => {
	const e = document.activeElement;
	const text = (e) => e.innerText.replace(/\s+/g, " ").trim();
	const labels = (e.labels && [...e.labels].map(text).join(" ")) || (e.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean).map((id) => text(document.getElementById(id))).join(" ");
	const kind = e.localName === "input" ? e.type : e.localName;
	const role = e.getAttribute("role") ?? {a: "link", select: "combobox", textarea: "textbox", text: "textbox", search: "searchbox", number: "spinbutton", file: "button", range: "slider", summary: "DisclosureTriangle", dialog: "dialog", main: "main"}[kind] ?? kind;
	return [role, e.getAttribute("aria-label") || labels || text(e) || e.title];
})()`

// focused asks Firefox whether the element that has the keyboard has the role and name that its
// markup should give it: there is no command that tells them.
func (t *foxTab) focused(ctx context.Context) (role, name string, err error) {
	data, err := t.evaluate(ctx, guess)
	if err != nil {
		return "", "", err
	}
	var guessed [2]string
	if err := json.Unmarshal(data, &guessed); err != nil {
		return "", "", err
	}
	found, err := t.findAll(ctx, guessed[0], guessed[1])
	if err != nil {
		return "", "", err
	}
	for _, n := range found {
		if is, err := t.call(ctx, n, "function () { return this === document.activeElement; }", nil); err == nil && string(is) == "true" {
			return guessed[0], guessed[1], nil
		}
	}
	return "unknown to Firefox as", guessed[0] + " " + guessed[1], nil
}

// acts does what mouse or keys do.
func (t *foxTab) acts(ctx context.Context, kind string, actions ...map[string]any) error {
	_, err := t.do(ctx, "input.performActions", map[string]any{"actions": []any{map[string]any{"type": kind, "id": kind, "actions": actions}}})
	return err
}

func (t *foxTab) click(ctx context.Context, x, y float64) error {
	return t.acts(ctx, "pointer",
		map[string]any{"type": "pointerMove", "x": int(x), "y": int(y)},
		map[string]any{"type": "pointerDown", "button": 0}, map[string]any{"type": "pointerUp", "button": 0})
}

// foxKeys are the keys that WebDriver has characters of its own for.
var foxKeys = map[string]string{
	kb.Backspace: "\ue003", kb.Tab: "\ue004", kb.Enter: "\ue006", kb.Escape: "\ue00c", kb.Delete: "\ue017", kb.End: "\ue010", kb.Home: "\ue011",
	kb.ArrowLeft: "\ue012", kb.ArrowUp: "\ue013", kb.ArrowRight: "\ue014", kb.ArrowDown: "\ue015", kb.PageUp: "\ue00e", kb.PageDown: "\ue00f",
}

func (t *foxTab) press(ctx context.Context, key string, with ...chromedp.Modifier) error {
	if own := foxKeys[key]; own != "" {
		key = own
	}
	keys := []string{key}
	for _, m := range with {
		for _, known := range []struct {
			modifier chromedp.Modifier
			key      string
		}{{chromedp.ModifierShift, "\ue008"}, {chromedp.ModifierCtrl, "\ue009"}, {chromedp.ModifierAlt, "\ue00a"}} {
			if m&known.modifier != 0 {
				keys = append([]string{known.key}, keys...)
			}
		}
	}
	var actions []map[string]any
	for _, k := range keys {
		actions = append(actions, map[string]any{"type": "keyDown", "value": k})
	}
	for _, k := range slices.Backward(keys) {
		actions = append(actions, map[string]any{"type": "keyUp", "value": k})
	}
	return t.acts(ctx, "key", actions...)
}

func (t *foxTab) choose(ctx context.Context, n node, paths []string) error {
	return t.set(ctx, t.nodes[n], paths)
}

func (t *foxTab) set(ctx context.Context, id string, paths []string) error {
	_, err := t.do(ctx, "input.setFiles", map[string]any{"element": map[string]string{"sharedId": id}, "files": paths})
	return err
}

func (t *foxTab) chooser(ctx context.Context, open func(), paths []string) error {
	open()
	select {
	case id := <-t.chosen:
		return t.set(ctx, id, paths)
	case <-ctx.Done():
		return errors.New("no dialogue for files opened")
	}
}

func (t *foxTab) window(ctx context.Context, width, height int64) error {
	_, err := t.do(ctx, "browsingContext.setViewport", map[string]any{"viewport": map[string]int64{"width": width, "height": height}})
	return err
}

func (t *foxTab) downloads(ctx context.Context, folder string) error {
	_, err := t.command(ctx, "browser.setDownloadBehavior", map[string]any{
		"downloadBehavior": map[string]string{"type": "allowed", "destinationFolder": folder}, "userContexts": []string{t.user},
	})
	return err
}

func (t *foxTab) start(ctx context.Context, script string) error {
	_, err := t.command(ctx, "script.addPreloadScript", map[string]any{"functionDeclaration": "() => {" + script + "\n}", "contexts": []string{t.context}})
	return err
}

func (t *foxTab) front(ctx context.Context) error {
	_, err := t.do(ctx, "browsingContext.activate", map[string]any{})
	return err
}

func (t *foxTab) tree(ctx context.Context) string {
	data, err := t.evaluate(ctx, "location.href + '\\n' + document.body.innerText")
	if err != nil {
		return err.Error()
	}
	return unquote(data)
}
