package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"os"
	"path"
	"strings"

	"homeroom/core/guess"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// photoFolder has the photos that the page opens on, lessonFolder those of the lesson.
const (
	photoFolder  = "first/"
	lessonFolder = "lesson/"
)

// mostPhotos is how many bytes either may take together.
const mostPhotos = 400_000

// A photo is one of them, as photos.json beside it describes it.
type photo struct{ File, Title, Author, Licence, Address string }

// putPhotos writes into index.html the photos that the page opens on, with their names as the file
// named has them, and into the service worker that it keeps them. Where there are no names, the
// page goes without the photos.
func putPhotos(files map[string][]byte, named string) error {
	var list []photo
	if named == "" {
		for p := range files {
			if strings.HasPrefix(p, photoFolder) {
				delete(files, p)
			}
		}
		return placePhotos(files, nil, nil)
	}
	if err := json.Unmarshal(files[photoFolder+"photos.json"], &list); err != nil {
		return fmt.Errorf("%sphotos.json: %w", photoFolder, err)
	}
	delete(files, photoFolder+"photos.json")
	data, err := os.ReadFile(named)
	if err != nil {
		return err
	}
	answers, err := readAnswers(data)
	if err != nil {
		return fmt.Errorf("%s: %w", named, err)
	}
	return placePhotos(files, list, answers)
}

// putLesson writes whom to thank for the photos of the lesson, which are fetched when it is opened.
func putLesson(files map[string][]byte) error {
	var list []photo
	name := lessonFolder + "photos.json"
	if err := json.Unmarshal(files[name], &list); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	delete(files, name)
	var credits strings.Builder
	total := 0
	for _, p := range list {
		data := files[lessonFolder+p.File]
		if data == nil {
			return fmt.Errorf("%s%s is not there", lessonFolder, p.File)
		}
		if total += len(data); total > mostPhotos {
			return fmt.Errorf("the photos of the lesson take more than %d bytes", mostPhotos)
		}
		credits.WriteString(credit(p))
	}
	var err error
	files["index.html"], err = once("index.html", files["index.html"], "<!-- credits of the lesson -->", "<h3>Photos of the lesson for teachers</h3>\n    <ul class=\"licences\" role=\"list\">\n"+credits.String()+"    </ul>")
	return err
}

// credit is whom to thank for a photo.
func credit(p photo) string {
	return fmt.Sprintf(`      <li><strong>%s</strong>%s, %s. <a href="%s" target="_blank" rel="noopener">%s</a></li>`+"\n",
		html.EscapeString(p.Title), html.EscapeString(p.Author), html.EscapeString(p.Licence), html.EscapeString(p.Address), html.EscapeString(strings.TrimPrefix(p.Address, "https://")))
}

// An answer is what a photo was named, and how sure of that the network was, from 0 to 1.
type answer struct {
	Label string
	Score float64
}

// readAnswers reads the best answer for each file, by its name.
func readAnswers(data []byte) (map[string]answer, error) {
	out := map[string]answer{}
	for line := range bytes.Lines(data) {
		var one struct {
			File, Error string
			Results     []answer
		}
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, err
		}
		if len(one.Results) == 0 {
			return nil, fmt.Errorf("%s was not named: %s", one.File, one.Error)
		}
		out[path.Base(one.File)] = one.Results[0]
	}
	return out, nil
}

// guessed is how an answer is said of a photo, in English, with its name in a certain form.
func guessed(a answer, name string) string {
	return text.English.Words(words.Guess(guess.OfNetwork(a.Score), name))
}

func placePhotos(files map[string][]byte, list []photo, answers map[string]answer) error {
	var shown, credits strings.Builder
	var kept []byte
	total := 0
	for i, p := range list {
		a, ok := answers[p.File]
		if !ok || files[photoFolder+p.File] == nil {
			return fmt.Errorf("%s%s is not there, or has no name", photoFolder, p.File)
		}
		if total += len(files[photoFolder+p.File]); total > mostPhotos {
			return fmt.Errorf("the photos that the page opens on take more than %d bytes", mostPhotos)
		}
		fmt.Fprintf(&shown, `        <li><button type="button" id="first-%d" data-early><img src="%s" data-file="%s" alt="" width="360" height="270" decoding="async" fetchpriority="low"><span class="first-name" data-name="%s" data-says="%s">%s</span> <span class="first-sure">%.0f%%</span></button></li>`+"\n",
			i+1, photoFolder+p.File, html.EscapeString(p.File),
			html.EscapeString(a.Label), html.EscapeString(guessed(a, "{1}")), html.EscapeString(guessed(a, text.Label(a.Label))), math.Round(100*a.Score))
		credits.WriteString(credit(p))
		kept = fmt.Appendf(kept, "%q, ", photoFolder+p.File)
	}
	section, credit := "", ""
	if len(list) > 0 {
		section = `<section class="first" id="first" aria-labelledby="first-title">
      <h2 id="first-title">These it has named already</h2>
      <p class="quiet">The percentage is how sure it is. Press a photo to look closer.</p>
      <ul class="first-list" id="first-list" role="list">
` + shown.String() + `      </ul>
    </section>
`
		credit = "<h3>Photos that the page opens on</h3>\n    <ul class=\"licences\" role=\"list\">\n" + credits.String() + "    </ul>"
	}
	var err error
	for _, at := range []struct{ file, old, by string }{
		{"index.html", "<!-- photos of its own -->", section}, {"index.html", "<!-- their credits -->", credit},
		{"sw.js", "...[], // photos that the page opens on", string(kept) + "// photos that the page opens on"},
	} {
		if files[at.file], err = once(at.file, files[at.file], at.old, at.by); err != nil {
			return err
		}
	}
	return nil
}

// withPictures is the page with those photos in it.
func withPictures(page []byte, files map[string][]byte) []byte {
	for p, data := range files {
		if strings.HasPrefix(p, photoFolder) {
			page = bytes.ReplaceAll(page, []byte(`src="`+p+`"`), []byte(`src="data:image/jpeg;base64,`+base64.StdEncoding.EncodeToString(data)+`"`))
		}
	}
	return page
}
