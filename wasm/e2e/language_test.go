package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"homeroom/wasm/text"
)

// speak chooses a language, as a person does.
func (p *tab) speak(code string) {
	p.t.Helper()
	ask[bool](p, `(() => {
		const select = document.querySelector("#language");
		select.value = "`+code+`";
		select.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})()`)
	p.speaks(code)
}

// speaks waits until the page is in a language.
func (p *tab) speaks(code string) {
	p.t.Helper()
	p.until(`document.documentElement.lang.split("-GB")[0] === "` + code + `" && document.querySelector("#language").value === "` + code + `"`)
}

// TestLanguages: the page is in the language that a person chooses, at once and on later visits,
// and in the one that its address names; nothing of a language is fetched before it is wanted, and
// the chosen one is there without a connection.
func TestLanguages(t *testing.T) {
	p := open(t, "workers=1")
	fetched := `performance.getEntriesByType("resource").filter((e) => e.name.includes("/text/")).length`
	p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	p.settle(1)
	p.until(`navigator.serviceWorker.controller !== null`)
	if n := ask[int](p, fetched); n != 0 {
		t.Errorf("an English visit fetched %d files of languages", n)
	}
	for _, c := range []struct{ code, dir, heading, add string }{
		{"ar", "rtl", "ماذا في صورك؟", "استخدام صوري"},
		{"de", "ltr", "Was ist auf deinen Fotos?", "Meine Fotos verwenden"},
	} {
		p.speak(c.code)
		check := func(when string) {
			t.Helper()
			p.until(`document.querySelector("h1").textContent === "` + c.heading + `"`)
			if dir := ask[string](p, `getComputedStyle(document.body).direction`); dir != c.dir {
				t.Errorf("%s, %s: it is written %s", c.code, when, dir)
			}
			p.find("button", c.add)
		}
		check("chosen")
		p.shot("language-" + c.code)
		p.reloads()
		p.speaks(c.code)
		p.wait("ready")
		check("loaded again")
		if got := ask[string](p, `new URL(location.href).searchParams.get("lang")`); got != c.code {
			t.Errorf("the address says %q", got)
		}
		// It is kept beside the address, and offline.
		ask[bool](p, `(history.replaceState(null, "", location.pathname + "?workers=1"), true)`)
		p.until(`caches.keys().then(async (names) => { for (const n of names) if ((await (await caches.open(n)).keys()).some((r) => r.url.includes("/text/` + c.code + `.json"))) return true; return false; })`)
		p.anew()
		p.reloads()
		p.speaks(c.code)
		p.wait("ready")
		check("kept")
		p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
		p.settle(1)
	}
	p.speak("en")
	p.find("button", "Look closer at photo.jpg")
	p.find("button", "Use my photos")
	if got := ask[string](p, `document.querySelector("h1").textContent`); got != "What is in your photos?" {
		t.Errorf("back in English it says %q", got)
	}
}

// TestNamesAreOfTheLanguage: photos are named, found and refused in the language of the page, those
// that it opens on too.
func TestNamesAreOfTheLanguage(t *testing.T) {
	data, err := os.ReadFile("../text/de.json")
	if err != nil {
		t.Fatal(err)
	}
	german, err := text.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, "workers=1&lang=de")
	p.speaks("de")
	if first := ask[[]string](p, `[...document.querySelectorAll("#first-list .first-name")].map((e) => e.dataset.name + "=" + e.textContent)`); len(first) != 12 {
		t.Errorf("the page opens on %q", first)
	} else {
		for _, one := range first {
			if label, says, _ := strings.Cut(one, "="); !strings.Contains(says, german.Labels[label]) {
				t.Errorf("the photo of %q is called %q", label, says)
			}
		}
	}
	p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)}, file{"paper.jpg", "image/jpeg", []byte("%PDF-1.4 and so on")})
	p.until(`document.querySelectorAll("#photos [data-label]").length === 1 && document.querySelectorAll("#photos [data-error]").length === 1`)
	label := ask[string](p, `document.querySelector("#photos [data-label]").dataset.label`)
	if says := ask[string](p, `document.querySelector("#photos [data-label] .answer").textContent`); german.Labels[label] == "" || !strings.Contains(says, german.Labels[label]) {
		t.Errorf("what the network calls %q is called %q", label, says)
	}
	want := "Die Datei ist ein PDF-Dokument und kein Bild, egal wie sie heißt; speichere die Bilder darin als JPEG oder PNG."
	if says := ask[string](p, `document.querySelector("#photos [data-error] .problem").textContent`); says != want {
		t.Errorf("a PDF is refused by %q, want %q", says, want)
	}
	p.shot("names-de")
}

// TestLanguageOfTheBrowser: a browser that asks for a language is answered in it.
func TestLanguageOfTheBrowser(t *testing.T) {
	for _, c := range []struct{ languages, want string }{
		{`["pt-BR", "fr-CA", "en"]`, "fr"}, {`["zh-CN"]`, "zh-Hans"}, {`["pt"]`, "en-GB"},
	} {
		p := show(t, serve(t), "workers=1", fmt.Sprintf(`Object.defineProperty(navigator, "languages", {get: () => %s});`, c.languages))
		p.wait("ready")
		if got := ask[string](p, "document.documentElement.lang"); got != c.want {
			t.Errorf("for %s the page is in %s", c.languages, got)
		}
	}
}

// TestLessonInLanguages: the lesson, its classes and the page to print are in the language of the
// page, and nothing of Teach is cut off beside the window, on a phone as at a desk.
func TestLessonInLanguages(t *testing.T) {
	long(t)
	for _, c := range []struct{ code, dir, bring, class, next, results, sheet string }{
		{"ar", "rtl", "أحضر الصور", "أسماك", "الخطوة التالية", "افتح النتائج", "أسماك ومبانٍ"},
		{"de", "ltr", "Fotos holen", "Fische", "Nächster Schritt", "Ergebnisse öffnen", "Fische und Gebäude"},
	} {
		p := show(t, serve(t), "workers=1&lang="+c.code+"#teach/lesson")
		p.wait("ready")
		p.speaks(c.code)
		fits := func(what string) {
			t.Helper()
			p.looks("language-" + c.code + "-" + what)
			for _, width := range []int64{390, 1280} {
				p.window(width, 900)
				if over := ask[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
					t.Errorf("%s: %s is %d pixels too wide for %d", c.code, what, over, width)
				}
			}
		}
		p.find("button", c.bring)
		fits("lesson")
		p.click("button", c.bring)
		p.until(`document.querySelector(".lesson").dataset.done === "true"`)
		if !ask[bool](p, `[...document.querySelectorAll("input.class-name")].some((i) => i.value === "`+c.class+`")`) {
			t.Errorf("%s: no class is called %s", c.code, c.class)
		}
		fits("photos")
		p.click("button", c.next)
		p.click("button", c.results)
		p.until(`document.querySelector(".lesson").dataset.done === "true"`)
		fits("results")
		p.navigate(ask[string](p, `document.querySelector(".lesson-tools a").href`))
		p.find("heading", c.sheet)
		if dir := ask[string](p, `getComputedStyle(document.body).direction`); dir != c.dir {
			t.Errorf("%s: the page to print is written %s", c.code, dir)
		}
		p.looks("language-" + c.code + "-sheet")
	}
}
