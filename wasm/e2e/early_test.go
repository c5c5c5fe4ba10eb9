package e2e

import (
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What is added at any moment of loading is named: picked, dropped or pasted before the program
// listens, it waits for it.
func TestFilesAddedWhileLoadingAreNamed(t *testing.T) {
	photo := file{"early.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)}
	give := `(() => {
		` + inPage([]file{photo}) + `
		const dataTransfer = new DataTransfer();
		dataTransfer.items.add(files[0]);
		const how = HOW;
		if (how === "pick") {
			const input = document.querySelector("#add-photos");
			input.files = dataTransfer.files;
			input.dispatchEvent(new Event("change", {bubbles: true}));
		} else if (how === "drop") {
			const target = document.querySelector("main");
			for (const kind of ["dragover", "drop"]) {
				const event = new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true});
				target.dispatchEvent(event);
				if (!event.defaultPrevented) throw new Error(kind + " was left to the browser");
			}
		} else {
			const event = new ClipboardEvent("paste", {bubbles: true, cancelable: true});
			Object.defineProperty(event, "clipboardData", {value: dataTransfer}); // which Firefox does not take from scripts
			document.body.dispatchEvent(event);
		}
	})()`
	random := rand.New(rand.NewPCG(7, 19))
	moments := 9
	if os.Getenv("HOMEROOM_E2E") == "all" {
		moments = 20
	}
	for i := range moments {
		how := []string{"pick", "drop", "paste"}[i%3]
		after := time.Duration(random.IntN(1200)) * time.Millisecond
		if i < 3 {
			after = 0 // as soon as there is anything to add to
		}
		s := serve(t)
		s.set(func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, ".wasm") || strings.HasSuffix(r.URL.Path, ".pack") {
				time.Sleep(150 * time.Millisecond) // so that the moments lie before, in and behind each step
			}
			return false
		})
		p := show(t, s, "workers=1", `
			const given = setInterval(() => {
				if (!document.querySelector("#early") || performance.now() < `+strconv.Itoa(int(after.Milliseconds()))+`) return;
				clearInterval(given);
				`+strings.Replace(give, "HOW", strconv.Quote(how), 1)+`;
			}, 1);`)
		p.untilWithin(30*time.Second, `document.querySelector("#photos [data-file='early.jpg'][data-label]")`)
		if n := ask[int](p, `document.querySelectorAll("#photos li").length`); n != 1 {
			t.Errorf("%s after %v: there are %d photos", how, after, n)
		}
		p.close()
	}
	// It is said that they wait.
	s := serve(t)
	s.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			time.Sleep(3 * time.Second)
		}
		return false
	})
	p := show(t, s, "workers=1")
	p.until(`document.querySelector("#early")`)
	p.drop(photo)
	p.until(`/What you added is kept/.test(document.querySelector("#early").innerText)`)
	p.shot("early")
	p.until(`document.querySelector("#photos [data-file='early.jpg'][data-label]")`)
	if ask[bool](p, `Boolean(document.querySelector("#early").offsetParent)`) {
		t.Error("it still says that something waits")
	}
}

// In Teach, too, what is dropped while the page loads finds its class.
func TestFilesDroppedWhileTeachLoadsAreTaken(t *testing.T) {
	s := serve(t)
	s.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			time.Sleep(time.Second)
		}
		return false
	})
	p := show(t, s, "workers=1#teach")
	p.until(`document.querySelector("#early")`)
	p.drop(file{"early.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	p.until(`document.querySelector(".class-count")?.textContent.startsWith("1 photo")`)
}
