package e2e

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// draw presses the mouse at the first of some places of the window, leads it over the others and
// lets it go.
func (p *tab) draw(modifiers int64, places ...[2]float64) {
	p.t.Helper()
	mouse := func(kind input.DispatchMouseEventType, at [2]float64, buttons int64) {
		call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: "left", Buttons: buttons, ClickCount: 1, Modifiers: modifiers})
	}
	mouse(input.DispatchMouseEventTypeMousePressed, places[0], 1)
	for _, at := range places[1:] {
		mouse(input.DispatchMouseEventTypeMouseMoved, at, 1)
	}
	mouse(input.DispatchMouseEventTypeMouseReleased, places[len(places)-1], 0)
}

// around is a rectangle around the photos of the map whose name has a text, and how many photos
// have their middle in it.
func (p *tab) around(name string) (corners [][2]float64, photos int) {
	p.t.Helper()
	out := ask[[]float64](p, fmt.Sprintf(`(() => {
		const middles = [...document.querySelectorAll(".map-photo")].map((on) => { const box = on.getBoundingClientRect(); return {name: on.ariaLabel, x: box.x + box.width / 2, y: box.y + box.height / 2}; });
		const own = middles.filter((on) => on.name.includes(%q)), xs = own.map((on) => on.x), ys = own.map((on) => on.y);
		const left = Math.min(...xs) - 8, right = Math.max(...xs) + 8, top = Math.min(...ys) - 8, bottom = Math.max(...ys) + 8;
		return [left, top, right, bottom, middles.filter((on) => on.x > left && on.x < right && on.y > top && on.y < bottom).length];
	})()`, name))
	return [][2]float64{{out[0], out[1]}, {out[2], out[1]}, {out[2], out[3]}, {out[0], out[3]}}, int(out[4])
}

// centre scrolls the page until the map is in the middle of the window.
func (p *tab) centre() {
	p.t.Helper()
	ask[any](p, `document.querySelector("#map-plane").scrollIntoView({block: "center", behavior: "instant"})`)
}

const onMap = `document.querySelectorAll("#map-plane [role=option]")`

// TestMapOfPhotos: photos that look alike lie together on a map; a line around some picks them, and
// they are taught; keys do the same; the wheel and buttons look closer.
func TestMapOfPhotos(t *testing.T) {
	p := open(t, "workers=1")
	var files []file
	for _, name := range []string{"koala.jpg", "panda.jpg", "goldfish.jpg", "honey-bee.jpg"} {
		for _, width := range []int{640, 480, 400, 320} {
			files = append(files, file{fmt.Sprint(width, " ", name), "image/jpeg", asJPEG(t, sizedOf(t, name, width, width*3/4), 90)})
		}
	}
	p.drop(files...)
	p.settle(16)
	p.click("button", "Map")
	p.until(`location.hash === "#classify/map" && ` + onMap + `.length === 16 && [...` + onMap + `].every((on) => on.querySelector("img").complete)`)
	p.violations("the map")
	if misnamed := p.misnamed(); len(misnamed) > 0 {
		t.Errorf("names that do not begin with what is written: %q", misnamed)
	}
	if nearest := ask[int](p, `(() => {
		const at = [...`+onMap+`].map((on) => { const box = on.getBoundingClientRect(); return {kind: on.ariaLabel.split(" ").pop(), x: box.x, y: box.y}; });
		return at.filter((a) => at.filter((b) => b !== a).reduce((n, b) => Math.hypot(a.x - b.x, a.y - b.y) < Math.hypot(a.x - n.x, a.y - n.y) ? b : n).kind === a.kind).length;
	})()`); nearest < 14 {
		t.Errorf("%d of 16 photos lie nearest to one of the same", nearest)
	}

	p.click("button", "Lasso")
	p.centre()
	koalas, n := p.around("koala.jpg")
	p.draw(0, append(koalas, koalas[0])...)
	p.until(fmt.Sprintf(`document.querySelectorAll("#map-plane [aria-selected=true]").length === %d && document.querySelector(".picked").textContent.includes("%[1]d photos picked")`, n))
	p.violations("photos picked on the map")
	p.pictured("map")
	p.centre()
	bees, more := p.around("honey-bee.jpg")
	p.draw(8, append(bees, bees[0])...) // with Shift
	p.until(fmt.Sprintf(`document.querySelectorAll("#map-plane [aria-selected=true]").length === %d`, n+more))
	p.press("z", chromedp.ModifierCtrl)
	p.until(fmt.Sprintf(`document.querySelectorAll("#map-plane [aria-selected=true]").length === %d`, n))

	p.press(kb.Escape) // the tool
	p.until(`document.querySelector("#map-lasso").ariaPressed === "false" && document.querySelector(".picked")`)
	p.press(kb.Escape)
	p.until(`!document.querySelector(".picked") && document.activeElement.id === "map-plane"`)
	p.press(kb.ArrowRight)
	first := ask[string](p, `document.querySelector("#map-plane").getAttribute("aria-activedescendant")`)
	p.press(kb.ArrowLeft)
	p.until(`document.querySelector("#map-plane").getAttribute("aria-activedescendant") !== "` + first + `"`)
	p.press(" ")
	p.until(`document.querySelectorAll("#map-plane [aria-selected=true]").length === 1`)
	p.violations("the keyboard on the map")
	ask[any](p, `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}))`) // the driver's own Enter would press the button that has the keyboard then
	p.until(`/^#classify\/map\/\d+$/.test(location.hash)`)
	p.press(kb.Escape)
	p.until(`location.hash === "#classify/map" && document.activeElement.id === "map-plane"`)
	for range 8 {
		p.press("+")
	}
	p.until(onMap + `.length < 16 && !document.querySelector("#map-whole").disabled`)
	p.click("button", "Whole map")
	p.until(onMap + `.length === 16`)
	p.centre()
	middle := ask[[2]float64](p, `(() => { const box = document.querySelector("#map-plane").getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()`)
	down := ask[float64](p, `scrollY`)
	for range 4 { // a turn to neither side would be left out
		call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseWheel, X: middle[0], Y: middle[1], DeltaX: 1, DeltaY: -300})
	}
	p.until(onMap + `.length < 16 && scrollY === ` + fmt.Sprint(down))
	p.click("button", "Whole map")
	p.until(onMap + `.length === 16`)

	p.reload()
	p.until(`location.hash === "#classify/map" && ` + onMap + `.length === 16`)
	p.click("button", "Pick all in sight")
	p.click("button", "Teach with these")
	p.until(`location.hash === "#teach/photos" && document.documentElement.dataset.state === "ready" && [...document.querySelectorAll("#teach-view input")].some((i) => i.value === "koala")`)
	ask[any](p, `history.back()`)
	p.until(`location.hash === "#classify/map" && ` + onMap + `.length === 16`)
	p.speak("ar")
	p.speaks("ar")
	p.until(`document.querySelector("#map-photos").textContent === "خريطة"`)
	p.violations("the map in Arabic")
	p.pictured("map-ar")
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}}})
	p.violations("the map in forced colours")
	if *shots != "" {
		p.shoot("map-forced")
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	p.click("button", "خريطة")
	p.until(`location.hash === "#classify" && document.querySelectorAll("#photos > li").length === 16`)
}

var mapPhotos = flag.Int("map-photos", 0, "TestMapOfThousands names and lays out so many")

// moved drags the map to and fro for some seconds, and returns how long frames took.
const moved = `window.moved = (seconds) => new Promise((done) => {
	const plane = document.querySelector("#map-plane"), box = plane.getBoundingClientRect(), frames = [], start = performance.now();
	const tell = (type, x, y) => plane.dispatchEvent(new PointerEvent(type, {pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, clientX: box.x + x, clientY: box.y + y, bubbles: true, cancelable: true}));
	plane.setPointerCapture = () => {};
	tell("pointerdown", box.width / 2, box.height / 2);
	let last = 0, n = 0;
	const step = (now) => {
		if (last) frames.push(now - last);
		last = now;
		if (performance.now() - start > seconds * 1000) { tell("pointerup", 0, 0); return done(frames); }
		n++;
		tell("pointermove", box.width / 2 + 150 * Math.sin(n / 10), box.height / 2 + 90 * Math.cos(n / 14));
		requestAnimationFrame(step);
	};
	requestAnimationFrame(step);
});`

// TestMapOfThousands tells how long laying out takes and how smoothly the map is moved.
func TestMapOfThousands(t *testing.T) {
	long(t)
	n := *mapPhotos
	if n == 0 {
		t.Skip("-map-photos 600 names and lays out so many")
	}
	p := show(t, serve(t), "size=64", tasks, moved)
	p.wait("ready")
	p.pick("Add a folder", thousands(t, 20, n/20))
	p.untilWithin(9*time.Minute, fmt.Sprintf(`document.querySelector("#tally").textContent.replace(/\D/g, "") === "%d" && document.documentElement.dataset.state === "ready"`, n))
	start := time.Now()
	p.click("button", "Map")
	p.untilWithin(2*time.Minute, `document.querySelector("#map-plane canvas")?.width > 300`)
	laid := time.Since(start)
	p.longest()
	for _, zoom := range []string{"whole", "closer"} {
		frames := ask[[]float64](p, "moved(6)")
		slices.Sort(frames)
		tasks, longest := p.longest()
		t.Logf("%d photos laid out after %.2f s; %s: of %d frames half took %.1f ms, 95%% at most %.1f, the longest %.1f; tasks above 50 ms: %d, the longest %d ms",
			n, laid.Seconds(), zoom, len(frames), frames[len(frames)/2], frames[len(frames)*95/100], frames[len(frames)-1], tasks, longest)
		for range 3 {
			p.click("button", "Zoom in")
		}
	}
	if *shots != "" {
		p.shoot(fmt.Sprint("map-", n))
	}
}
