package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// isolate makes a server send what a cross-origin isolated page needs, as "homeroom serve" does.
func isolate(s *server) {
	s.set(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		return false
	})
}

// threads are how many threads the network ran on, by card.
func (p *tab) threads() []string {
	p.t.Helper()
	return ask[[]string](p, "[...document.querySelectorAll('li[data-file]')].map((li) => li.dataset.threads)")
}

// named drops the photos one after the other, so that each has the device to itself, and returns
// their cards.
func (p *tab) named(files ...file) []card {
	p.t.Helper()
	n := len(p.cards())
	for i := range files {
		p.drop(files[i])
		p.settle(n + i + 1)
	}
	cards := p.settle(n + len(files))
	for _, c := range cards {
		checkNamed(p.t, c)
	}
	return cards
}

// One photo alone runs on all cores where the page is cross-origin isolated, many run on a worker
// each, and the answers are those of one thread to the last digit. Where the page is not isolated
// it says so, and works on.
func TestThreads(t *testing.T) {
	const twoSaid = "2 workers, 2 threads for a single photo"
	photos := []file{
		{"a.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)}, {"b.jpg", "image/jpeg", asJPEG(t, sized(t, 500, 700), 80)},
		{"c.png", "image/png", asPNG(t, sized(t, 224, 224))},
	}
	equal := func(what string, got, want []card) {
		t.Helper()
		for i := range want {
			if got[i].Label != want[i].Label || got[i].Score != want[i].Score {
				t.Errorf("%s: %s is %s %s, on one thread it was %s %s", what, want[i].File, got[i].Label, got[i].Score, want[i].Label, want[i].Score)
			}
		}
	}

	s := serve(t)
	isolate(s)
	one := show(t, s, "workers=1")
	one.wait("ready")
	want := one.named(photos...)
	if got := strings.Join(one.threads(), " "); got != "1 1 1" {
		t.Errorf("with one worker the threads were %s", got)
	}

	two := show(t, s, "workers=2")
	two.wait("ready")
	if !ask[bool](two, "crossOriginIsolated") {
		t.Fatal("the page is not cross-origin isolated")
	}
	two.until("document.querySelector('footer').innerText.includes('" + twoSaid + "')")
	equal("two threads", two.named(photos...), want)
	if got := strings.Join(two.threads(), " "); got != "2 2 2" {
		t.Errorf("photos one by one ran on %s threads, want 2 each", got)
	}
	two.drop(append(photos, photos...)...)
	many := two.settle(9)
	equal("many photos", many[3:], want)
	equal("many photos", many[6:], want)
	if got := two.threads()[3:]; strings.Join(got[:5], " ") != "1 1 1 1 1" {
		t.Errorf("many photos ran on %s threads, want 1 each, other than the last", got)
	}
	// The helpers outlive a change of the network's size, and come again with a new pool.
	two.on(two.find("combobox", "Input size"), `function () { this.value = "160"; this.dispatchEvent(new Event("change", {bubbles: true})); }`)
	two.wait("loading")
	two.settle(9)
	two.until("document.querySelector('footer').innerText.includes('" + twoSaid + "')")
	small := two.named(photos[0])
	if got := two.threads()[9]; got != "2" {
		t.Errorf("at another size a photo ran on %s threads", got)
	}
	equal("another size", small[9:], small[:1])
}

func TestThreadsWithoutIsolation(t *testing.T) {
	s := serve(t)
	photo := file{"a.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)}
	p := show(t, s, "workers=2")
	p.wait("ready")
	if ask[bool](p, "crossOriginIsolated") {
		t.Fatal("the page is cross-origin isolated, though no header says so")
	}
	p.until("document.querySelector('footer').innerText.includes('one thread a photo (the page is not cross-origin isolated)')")
	alone := p.named(photo)
	if got := p.threads()[0]; got != "1" {
		t.Errorf("without isolation a photo ran on %s threads", got)
	}
	// From the next visit on the service worker adds the headers.
	p.until("navigator.serviceWorker.controller")
	p.anew()
	p.do(chromedp.Reload())
	p.wait("ready")
	p.until("document.querySelector('footer').innerText.includes('2 threads for a single photo')")
	again := p.named(photo)
	if got := p.threads()[0]; got != "2" {
		t.Errorf("with the service worker's headers a photo ran on %s threads", got)
	}
	if again[0].Score != alone[0].Score {
		t.Errorf("the score is %s without isolation and %s with it", alone[0].Score, again[0].Score)
	}
}
