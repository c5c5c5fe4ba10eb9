package e2e

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"

	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

var smoothEnds = flag.Bool("smooth-ends", false, "TestThousandsAreSmooth ends once it has scrolled, and names no more")

var smoothPhotos = flag.Int("smooth-photos", 10_000, "photos of TestThousandsAreSmooth")

// own keeps hold of the memory of the page's own program.
const own = `
	for (const name of ["instantiate", "instantiateStreaming"]) {
		const was = WebAssembly[name];
		WebAssembly[name] = async (...args) => {
			const made = await was.apply(WebAssembly, args);
			window.ownMemory = (made.instance ?? made).exports.mem;
			return made;
		};
	}
	window.scrolled = (seconds) => new Promise((done) => {
		const frames = [], start = performance.now();
		let last = 0, down = true;
		const step = (now) => {
			if (last) frames.push(now - last);
			last = now;
			if (performance.now() - start > seconds * 1000) return done(frames);
			const end = document.documentElement.scrollHeight - innerHeight;
			if (scrollY >= end) down = false;
			if (scrollY <= 0) down = true;
			scrollBy(0, down ? 60 : -60);
			requestAnimationFrame(step);
		};
		requestAnimationFrame(step);
	});`

// held says what the page holds once what is garbage is collected.
func (p *tab) held() string {
	p.t.Helper()
	call(p, heapprofiler.CollectGarbage, cdp.Empty{})
	return fmt.Sprintf("the page's program %.0f MB, JavaScript %.0f MB; %v; the browser itself %.0f MB",
		ask[float64](p, `(window.ownMemory?.buffer.byteLength ?? 0) / 1e6`), ask[float64](p, `performance.memory.usedJSHeapSize / 1e6`), p.weigh(), p.browserWeight())
}

// taken waits until the page has taken in so many photos.
func (p *tab) taken(n int) {
	p.t.Helper()
	p.untilWithin(2*time.Minute, fmt.Sprintf(`document.querySelector("#photos > li")?.ariaSetSize === "%d"`, n))
}

// allNamed waits until so many photos have names, all of the page, and says of others why they have
// none.
func (p *tab) allNamed(n int, within time.Duration) {
	p.t.Helper()
	p.untilWithin(within, `document.documentElement.dataset.state === "ready"`)
	if says := ask[string](p, `document.querySelector("#tally").textContent`); says != text.English.Words(words.Thousands(n))+" named" {
		p.choose("only-photos", "failed")
		p.t.Fatalf("of %d photos the page says %q; %v", n, says, ask[[]string](p, `[...new Set([...document.querySelectorAll("#photos [data-error]")].map((li) => li.dataset.error))]`))
	}
}

// TestThousandsAreSmooth scrolls through thousands of photos while they are named, and tells
// frames, tasks and what the page holds.
func TestThousandsAreSmooth(t *testing.T) {
	long(t)
	n := *smoothPhotos
	p := show(t, serve(t), "size=64", tasks, scripts, weighing, own)
	p.wait("ready")
	folder := thousands(t, 20, n/20)
	t.Logf("at first: %s", p.held())
	p.longest()
	stop, traced := p.profiled("taken"), p.traced()
	start := time.Now()
	p.pick("Add a folder", folder)
	p.taken(n)
	stop()
	t.Logf("while they are taken, %s", traced())
	tasks, longest := p.longest()
	t.Logf("taken after %.1f s; tasks above 50 ms: %d, the longest %d ms; %s; %s", time.Since(start).Seconds(), tasks, longest, p.ran(), p.held())
	p.longest()
	p.ran()
	stop, traced = p.profiled("scrolled"), p.traced()
	frames := ask[[]float64](p, "scrolled(15)")
	stop()
	t.Logf("while they are scrolled, %s", traced())
	tasks, longest = p.longest()
	named := ask[string](p, `document.querySelector("#tally").textContent`)
	slices.Sort(frames)
	t.Logf("while they are named (%s), of %d frames of scrolling half took %.1f ms, 95%% at most %.1f, the longest %.1f; tasks above 50 ms: %d, the longest %d ms; %s",
		named, len(frames), frames[len(frames)/2], frames[len(frames)*95/100], frames[len(frames)-1], tasks, longest, p.ran())
	if *smoothEnds {
		return
	}
	p.allNamed(n, 8*time.Minute)
	t.Logf("named after %.1f s; %s", time.Since(start).Seconds(), p.held())
	p.checkGrid(n)
	p.choose("in-photos", "folder")
	p.checkGrid(n)
	p.choose("in-photos", "")
	p.checkOrder(n, fmt.Sprintf("photo 7 %d.jpg", n/20))
}
