package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPickedAndSimilar: photos are picked with mouse and keys, compared and taught; those like one
// are found; and what another network answered stays to be compared.
func TestPickedAndSimilar(t *testing.T) {
	p := open(t, "workers=1")
	var files []file
	for _, name := range []string{"koala.jpg", "panda.jpg", "goldfish.jpg", "honey-bee.jpg"} {
		files = append(files, file{name, "image/jpeg", asJPEG(t, sizedOf(t, name, 640, 480), 90)}, file{"small " + name, "image/jpeg", asJPEG(t, sizedOf(t, name, 240, 180), 70)})
	}
	p.drop(files...)
	p.settle(8)

	p.click("button", "Look closer at panda.jpg")
	p.click("button", "Find similar")
	p.until(`location.hash === "#classify/like=3" && [...document.querySelectorAll("#photos li")].map((li) => li.dataset.file).slice(0, 2).join() === "panda.jpg,small panda.jpg"`)
	p.violations("similar photos")
	p.click("button", "Show all photos")
	p.until(`[...document.querySelectorAll("#photos li")].map((li) => li.dataset.file)[0] === "koala.jpg"`)

	p.click("button", "Pick photos")
	p.click("button", "Pick koala.jpg")
	p.press(kb.ArrowRight, chromedp.ModifierShift)
	p.press(kb.ArrowRight, chromedp.ModifierShift)
	p.until(`document.querySelectorAll("#photos [data-picked]").length === 3 && /3 photos picked/.test(document.querySelector(".picked").textContent)`)
	p.press(" ") // takes the last back
	p.until(`document.querySelectorAll("#photos [data-picked]").length === 2`)
	p.violations("picked photos")
	p.pictured("picked")
	p.click("button", "Compare")
	p.find("dialog", "Side by side")
	p.violations("photos side by side")
	if *shots != "" {
		p.shoot("compared")
	}
	p.press(kb.Escape)
	p.until(`document.querySelectorAll("dialog[open]").length === 0 && document.activeElement.id === "picked-compare"`)
	p.click("button", "Teach with these")
	p.until(`location.hash === "#teach/photos" && document.documentElement.dataset.state === "ready" && [...document.querySelectorAll("#teach-view input")].some((i) => i.value === "koala")`)
	ask[any](p, `history.back()`)
	p.until(`location.hash === "#classify"`)
	p.settle(8)

	p.choose("size", "192")
	p.until(`document.querySelectorAll("#photos .earlier").length === 8`)
	p.violations("answers of two")
	p.pictured("columns")
	p.choose("size", "224")
	p.until(`document.querySelector("#photos .earlier").textContent.includes("192")`)
}

// TestPhotosAreFound by the names of their files and by what they show, among unsure, unreadable
// and equal ones, and in another order; the address says which, and a reload comes back to it.
func TestPhotosAreFound(t *testing.T) {
	p := open(t, "workers=1")
	files := load(t, photoPaths(t)...)
	for i := 0; len(files) < 8; i++ {
		files = append(files, file{fmt.Sprintf("smaller %d.jpg", i), "image/jpeg", asJPEG(t, sized(t, 300-9*i, 200), 80)})
	}
	files = append(files, file{"again.jpg", files[1].kind, files[1].data}, file{"letter.jpg", "image/jpeg", []byte("Dear Sir")})
	p.drop(files...)
	cards := p.settle(len(files))
	shown := func(want ...string) {
		t.Helper()
		slices.Sort(want)
		list, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		p.until(fmt.Sprintf(`JSON.stringify([...document.querySelectorAll("#photos > li")].map((li) => li.dataset.file).sort()) === %q`, list))
	}
	p.fill("searchbox", "Find photos by name or label", "letter")
	shown("letter.jpg")
	p.fill("searchbox", "Find photos by name or label", cards[1].Label)
	shown(cards[1].File, "again.jpg")
	p.until(`location.hash.startsWith("#classify/") && location.hash.includes("find=")`)
	p.reload()
	shown(cards[1].File, "again.jpg")
	p.fill("searchbox", "Find photos by name or label", "")
	p.fill("combobox", "Which photos", "failed")
	shown("letter.jpg")
	p.fill("combobox", "Which photos", "same")
	shown(cards[1].File, "again.jpg")
	p.fill("combobox", "Which photos", "unsure")
	p.until(`(list => list.some((li) => li.dataset.file === "cat.png") && list.length < 8 && list.every((li) => !/letter|goldfish/.test(li.dataset.file)))([...document.querySelectorAll("#photos > li")])`)
	p.fill("combobox", "Which photos", "")
	p.fill("combobox", "In which order", "sure")
	p.until(`(scores => scores.length === ` + strconv.Itoa(len(files)-1) + ` && scores.every((s, i) => i === 0 || s <= scores[i - 1]))([...document.querySelectorAll("#photos > li[data-score]")].map((li) => Number(li.dataset.score)))`)
}
