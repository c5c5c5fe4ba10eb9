package e2e

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// crowd drops n photos, all the same, under names of their own.
func (p *tab) crowd(n int) {
	p.t.Helper()
	one := file{"one.jpg", "image/jpeg", asJPEG(p.t, sized(p.t, 640, 480), 85)}
	ask[bool](p, `(() => {
		`+inPage([]file{one})+`
		const dataTransfer = new DataTransfer();
		for (let i = 0; i < `+fmt.Sprint(n)+`; i++) dataTransfer.items.add(new File([files[0]], "photo " + i + ".jpg", {type: "image/jpeg"}));
		document.body.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
		return true;
	})()`)
}

func (p *tab) stages() map[string]int {
	p.t.Helper()
	return ask[map[string]int](p, `[...document.querySelectorAll("li[data-file]")].reduce((n, li) => (n[li.dataset.stage] = (n[li.dataset.stage] || 0) + 1, n), {})`)
}

func TestCancelResumeClearAndUndo(t *testing.T) {
	p := open(t, "workers=1")
	p.crowd(60)
	p.until("document.querySelectorAll('[data-label]').length >= 3")
	p.find("progressbar", "")
	p.click("button", "Cancel")
	p.wait("ready")
	stages := p.stages()
	if stages["named"] < 3 || stages["stopped"] == 0 || stages["named"]+stages["stopped"] != 60 {
		t.Fatalf("after Cancel the cards are %v", stages)
	}
	// A late answer changes nothing.
	p.drop(file{"another.jpg", "image/jpeg", asJPEG(t, sized(t, 64, 48), 80)})
	p.settle(61)
	if now := p.stages(); now["stopped"] != stages["stopped"] || now["named"] != stages["named"]+1 {
		t.Fatalf("after one more photo the cards are %v, before they were %v", now, stages)
	}

	p.click("button", fmt.Sprintf("Name the other %d", stages["stopped"]))
	p.wait("busy")
	p.click("button", "Clear")
	p.wait("ready")
	if cards := p.cards(); len(cards) != 0 {
		t.Fatalf("after Clear there are %d cards", len(cards))
	}
	p.click("button", "Undo")
	cards := p.settle(61)
	for i, c := range cards[:60] {
		if want := fmt.Sprintf("photo %d.jpg", i); c.File != want {
			t.Fatalf("after Undo card %d is of %s, want %s", i, c.File, want)
		}
	}
	if stages := p.stages(); stages["named"] != 61 {
		t.Fatalf("after Undo the cards are %v", stages)
	}

	p.click("button", "Remove photo 7.jpg")
	if got := p.focused(); got != "button Remove photo 8.jpg" {
		t.Errorf("after removing a card the keyboard is at %q", got)
	}
	if n := len(p.cards()); n != 60 {
		t.Fatalf("after removing one there are %d cards", n)
	}
	p.press("z", chromedp.ModifierCtrl)
	if c := p.cards(); len(c) != 61 || c[7].File != "photo 7.jpg" || c[7].Label == "" {
		t.Fatalf("undoing by keyboard did not bring the card back: %d cards", len(c))
	}
}

func TestThousandsOfPhotos(t *testing.T) {
	p := show(t, serve(t), "size=128", `window.blobs = [];
		const make = URL.createObjectURL;
		URL.createObjectURL = (blob) => (blobs.push(blob.size), make.call(URL, blob));`)
	p.wait("ready")
	p.crowd(3000)
	p.until(`document.querySelector("#photos > li").ariaSetSize === "3000"`)
	p.until("document.querySelectorAll('[data-label]').length >= 10")
	if n := len(p.cards()); n > 200 {
		t.Errorf("%d cards are drawn", n)
	}
	p.click("button", "Cancel")
	p.wait("ready")
	if got := ask[string](p, `document.querySelector("#tally").textContent`); !regexp.MustCompile(`^\d+ named · [\d,]+ stopped$`).MatchString(got) {
		t.Fatalf("the page says %q", got)
	}
	p.checkGrid(3000)
	p.checkOrder(3000, "photo 2345.jpg")
	if heaviest := ask[int](p, "Math.max(...blobs)"); heaviest > 16<<10 {
		t.Errorf("a thumbnail has %d bytes", heaviest)
	}
	p.click("button", "Clear")
	if n := len(p.cards()); n != 0 {
		t.Fatalf("%d cards are left", n)
	}
}

// checkGrid looks at a grid of photos of which not all are drawn: whatever is scrolled to is there,
// keys lead through all of it, and what has the keyboard keeps it.
func (p *tab) checkGrid(n int) {
	p.t.Helper()
	// covered tells whether cards lie wherever the list is seen, but for the gaps between them.
	const covered = `(() => {
		const list = document.querySelector("#photos").getBoundingClientRect(), gap = 20;
		const cards = [...document.querySelectorAll("#photos > li")].map((li) => li.getBoundingClientRect());
		for (let y = Math.max(0, list.top); y < Math.min(innerHeight, list.bottom); y += 50)
			if (!cards.some((at) => at.left < list.left + gap && at.top - gap < y && y < at.bottom + gap)) return false;
		return true;
	})()`
	for _, share := range []float64{0.5, 1, 0.01} {
		ask[any](p, fmt.Sprintf(`scrollTo(0, (document.documentElement.scrollHeight - innerHeight) * %v)`, share))
		p.until(covered)
	}
	ask[any](p, `document.querySelector("#photos .thumb:not([tabindex])").focus()`)
	p.press(kb.End)
	p.until(fmt.Sprintf(`document.activeElement.closest("li")?.ariaPosInSet === "%d"`, n))
	p.until(`(() => { const at = document.activeElement.getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight; })()`)
	p.until(covered)
	ask[any](p, `scrollTo(0, 0)`)
	p.until(covered)
	p.until(fmt.Sprintf(`document.activeElement.closest("li")?.ariaPosInSet === "%d" && document.querySelectorAll("#photos > li").length < 200`, n))
	if stops := ask[int](p, `document.querySelectorAll("#photos > li:has(button:not([tabindex='-1']))").length`); stops != 1 {
		p.t.Errorf("the Tab key leads to %d cards of the grid", stops)
	}
}

// checkOrder looks for one photo of n, and puts them all in another order.
func (p *tab) checkOrder(n int, name string) {
	p.t.Helper()
	p.press("f", chromedp.ModifierCtrl)
	p.until(`document.activeElement.id === "find-photos"`)
	choose := func(id, value string) float64 {
		return ask[float64](p, fmt.Sprintf(`(() => {
			const on = document.querySelector(%q), start = performance.now();
			on.value = %q;
			on.dispatchEvent(new Event("input", {bubbles: true}));
			document.body.getBoundingClientRect();
			return performance.now() - start;
		})()`, id, value))
	}
	found := choose("#find-photos", name)
	if cards := p.cards(); len(cards) != 1 || cards[0].File != name {
		p.t.Errorf("a search for %s finds %v", name, cards)
	}
	p.until(fmt.Sprintf(`location.hash === "#classify/find=%s" && document.querySelector("#sifted").textContent === "1 of %s shown"`, strings.ReplaceAll(name, " ", "+"), text.English.Words(words.Thousands(n))))
	back := choose("#find-photos", "")
	unsure := choose("#only-photos", "unsure")
	for _, c := range p.cards() {
		if score, err := strconv.ParseFloat(c.Score, 64); err != nil || score >= 0.5 {
			p.t.Errorf("%s with the score %q is shown as unsure", c.File, c.Score)
		}
	}
	all := choose("#only-photos", "")
	sorted := choose("#by-photos", "unsure")
	scores := make([]float64, 0, 100)
	for _, c := range p.cards() {
		if score, err := strconv.ParseFloat(c.Score, 64); err == nil {
			scores = append(scores, score)
		}
	}
	if !slices.IsSorted(scores) {
		p.t.Errorf("the least sure first is %v", scores)
	}
	label := choose("#by-photos", "label")
	came := choose("#by-photos", "")
	p.t.Logf("of %d photos, one is found in %.0f ms, all are shown again in %.0f, the unsure in %.0f, all in %.0f, by sureness in %.0f, by label in %.0f, as they came in %.0f", n, found, back, unsure, all, sorted, label, came)
	ask[any](p, `dispatchEvent(new Event("beforeprint"))`)
	if lines := ask[int](p, `document.querySelectorAll("#photos > .line").length`); lines != n {
		p.t.Errorf("%d photos are printed", lines)
	}
	ask[any](p, `dispatchEvent(new Event("afterprint"))`)
	p.until(`document.querySelectorAll("#photos > li.photo").length > 20 && !document.querySelector("#photos > .line")`)
}

// TestExactDuplicates: of photos of one length, those of the same bytes are shown side by side.
func TestExactDuplicates(t *testing.T) {
	p := open(t, "size=64")
	koala, panda := load(t, filepath.Join(*photoFolder, "koala.jpg"))[0].data, load(t, filepath.Join(*photoFolder, "panda.jpg"))[0].data
	length := max(len(koala), len(panda)) + 1
	padded := func(data []byte) []byte { return append(slices.Clone(data), make([]byte, length-len(data))...) }
	var files []file
	for i := range 8 {
		data := padded([][]byte{koala, panda}[i%2])
		data[length-1] = byte(i / 4 * i) // the first two pairs are the same
		files = append(files, file{fmt.Sprintf("%d.jpg", i), "image/jpeg", data})
	}
	files = append(files, file{"alone.jpg", "image/jpeg", koala})
	p.drop(files...)
	p.settle(9)
	ask[any](p, `(() => { const on = document.querySelector("#only-photos"); on.value = "same"; on.dispatchEvent(new Event("input", {bubbles: true})); })()`)
	p.until(`[...document.querySelectorAll("#photos li")].map((li) => li.dataset.file).join() === "0.jpg,2.jpg,1.jpg,3.jpg"`)
	p.until(`document.querySelector("#sifted").textContent === "4 of 9 shown" && location.hash === "#classify/only=same"`)
	p.click("button", "Remove 0.jpg")
	p.until(`document.querySelector("#sifted").textContent === "2 of 8 shown"`)
}

func TestProgressIsTold(t *testing.T) {
	p := open(t, "workers=1")
	ask[bool](p, `(() => {
		window.told = [];
		const text = document.getElementById("progress-text");
		new MutationObserver(() => told.push(text.textContent)).observe(text, {childList: true, characterData: true, subtree: true});
		window.said = [];
		const region = document.querySelector("[aria-live=polite]");
		new MutationObserver(() => said.push(region.textContent)).observe(region, {childList: true, characterData: true, subtree: true});
		return true;
	})()`)
	p.crowd(30)
	p.settle(30)
	told := strings.Join(ask[[]string](p, "told"), "\n")
	for _, want := range []string{"Named 12 of 30", " s left", " · about "} {
		if !strings.Contains(told, want) {
			t.Errorf("the progress line never said %q:\n%s", want, told)
		}
	}
	said := ask[[]string](p, "said")
	if len(said) == 0 || said[len(said)-1] != "Named 30 photos." {
		t.Errorf("the last thing said aloud is not that 30 photos were named: %q", said)
	}
	if len(said) > 10 {
		t.Errorf("%d things were said aloud for 30 photos", len(said))
	}
}

// workersSeen lets a test get at the page's workers.
const workersSeen = `window.workersSeen = []; window.Worker = class extends Worker { constructor(...args) { super(...args); workersSeen.push(this); } };`

func TestKilledWorkersAreReplaced(t *testing.T) {
	p := show(t, serve(t), "workers=2", workersSeen)
	p.wait("ready")
	p.crowd(40)
	p.until("document.querySelectorAll('[data-label]').length >= 5")
	ask[bool](p, "workersSeen.forEach((w) => w.terminate()), true")
	for i, c := range p.settle(40) {
		checkNamed(t, c)
		if want := fmt.Sprintf("photo %d.jpg", i); c.File != want {
			t.Errorf("card %d is of %s, want %s", i, c.File, want)
		}
	}
	if n := ask[int](p, "workersSeen.length"); n != 4 {
		t.Errorf("%d workers were started in all, want 4", n)
	}
}

// TestUnreadableMessagesReplaceWorkers: what the browser cannot hand over is told of by an event
// without it, and a message may be of no kind that is known. Either way the worker is replaced, and
// its photo is named by another.
func TestUnreadableMessagesReplaceWorkers(t *testing.T) {
	p := show(t, serve(t), "workers=2", workersSeen)
	p.wait("ready")
	p.crowd(40)
	p.until("document.querySelectorAll('[data-label]').length >= 5")
	p.expect(func(complaint string) bool { return strings.Contains(complaint, "nothing known") })
	ask[bool](p, `workersSeen[0].dispatchEvent(new MessageEvent("messageerror")), workersSeen[1].dispatchEvent(new MessageEvent("message", { data: { kind: "nothing known" } })), true`)
	for i, c := range p.settle(40) {
		checkNamed(t, c)
		if want := fmt.Sprintf("photo %d.jpg", i); c.File != want {
			t.Errorf("card %d is of %s, want %s", i, c.File, want)
		}
	}
	// The page's own messages are as good as lost where the worker cannot read them: it says so.
	ask[bool](p, `workersSeen.at(-1).postMessage("text"), true`)
	p.until("workersSeen.length === 5")
	p.wait("ready")
	if n := ask[int](p, "workersSeen.length"); n != 5 {
		t.Errorf("%d workers were started in all, want 5", n)
	}
}

func TestPhotoThatKillsWorkersIsGivenUp(t *testing.T) {
	// Every worker that is handed this one photo dies at once.
	script := `window.Worker = class extends Worker {
		postMessage(message, ...rest) {
			super.postMessage(message, ...rest);
			if (message.file && message.file.name === "deadly.jpg") this.terminate();
		}
	};`
	p := show(t, serve(t), "workers=1", script)
	p.wait("ready")
	one := asJPEG(t, sized(t, 64, 48), 80)
	p.drop(file{"a.jpg", "image/jpeg", one}, file{"deadly.jpg", "image/jpeg", one}, file{"b.jpg", "image/jpeg", one})
	cards := p.settle(3)
	checkNamed(t, cards[0])
	checkNamed(t, cards[2])
	if !strings.Contains(cards[1].Error, "stopped twice") {
		t.Errorf("the deadly photo's card says %q", cards[1].Error)
	}
}

func TestKeyboardAlone(t *testing.T) {
	p := open(t, "")
	p.tabTo("link Skip to the photos")
	p.tabTo("button Use my photos")
	p.must(func(ctx context.Context) error {
		return p.browser.chooser(ctx, func() { p.press(kb.Enter) }, photoPaths(t)[:3])
	})
	p.settle(3)
	p.tabTo("button Save results")
	p.press(kb.Enter)
	p.tabTo("button Table for a spreadsheet (CSV)")
	p.press(kb.Escape)
	if got := p.focused(); got != "button Save results" {
		t.Errorf("after Escape the keyboard is at %q", got)
	}
	if n := len(p.findAll("button", "Table for a spreadsheet (CSV)")); n != 0 {
		t.Error("Escape did not close the menu")
	}
	p.tabTo("button Clear")
	p.press(kb.Enter)
	if got := p.focused(); got != "button Undo" {
		t.Fatalf("after Clear the keyboard is at %q", got)
	}
	p.press(kb.Enter)
	p.settle(3)
	if got, want := p.focused(), "button Remove "+p.cards()[0].File; got != want {
		t.Errorf("after Undo the keyboard is at %q, want %q", got, want)
	}
	p.press(kb.Enter)
	p.settle(2)
	p.tabTo("button About and licences")
	p.press(kb.Enter)
	p.find("dialog", "About Homeroom")
	p.press(kb.Escape)
	if got := p.focused(); got != "button About and licences" {
		t.Errorf("after the dialogue the keyboard is at %q", got)
	}
}

// tabTo presses Tab until the keyboard is at an element, and checks that this shows.
func (p *tab) tabTo(want string) {
	p.t.Helper()
	var passed []string
	for range 40 {
		p.press(kb.Tab)
		got := p.focused()
		if got == want {
			if !ask[bool](p, `(() => {
				for (let e = document.activeElement; e; e = e.parentElement) {
					const style = getComputedStyle(e);
					if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && style.opacity === "1") return true;
				}
				return false;
			})()`) {
				p.t.Errorf("nothing shows that the keyboard is at %s", want)
			}
			return
		}
		passed = append(passed, got)
	}
	p.t.Fatalf("Tab never comes to %q, but to %q", want, passed)
}

func TestSaveResults(t *testing.T) {
	p := open(t, "")
	folder := p.downloads()
	paths := photoPaths(t)[:2]
	p.pick("Use my photos", paths...)
	p.settle(2)
	p.drop(file{"empty.jpg", "image/jpeg", nil})
	cards := p.settle(3)

	p.click("button", "Save results")
	p.click("button", "Table for a spreadsheet (CSV)")
	text := strings.TrimPrefix(string(downloaded(t, folder, "*.csv")), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("the table has %d rows: %v", len(rows), err)
	}
	problem := slices.Index(rows[0], "error")
	if problem < 0 {
		t.Fatalf("the table's head is %q", rows[0])
	}
	p.click("button", "Save results")
	p.click("button", "Data for a program (JSON)")
	var objects []struct {
		File, Error string
		Results     []struct {
			Label string
			Score float64
		}
	}
	if err := json.Unmarshal(downloaded(t, folder, "*.json"), &objects); err != nil || len(objects) != 3 {
		t.Fatalf("the data has %d objects: %v", len(objects), err)
	}
	for i, c := range cards {
		row, o := rows[i+1], objects[i]
		if row[0] != c.File || o.File != c.File || o.Error != c.Error || row[problem] != c.Error {
			t.Errorf("%s is saved as %q and %+v", c.File, row, o)
		}
		if c.Error == "" && (row[4] != c.Label || row[5] != c.Score || len(o.Results) != 5 || o.Results[0].Label != c.Label || o.Results[0].Score != number(t, c.Score)) {
			t.Errorf("%s is saved as %q and %+v", c.File, row, o)
		}
	}
}

// downloaded waits for a file that the browser saves.
func downloaded(t *testing.T, folder, pattern string) []byte {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 {
			data, err := os.ReadFile(found[0])
			if err == nil && len(data) > 0 {
				return data
			}
		}
	}
	t.Fatalf("nothing like %s was saved", pattern)
	return nil
}
