package review

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path/filepath"

	"homeroom/core/photo"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
)

// card is a photo on the sheet.
type card struct {
	Number             int
	File, Path, Note   string
	Picture            template.URL // "" where there is none
	Best, Second       string
	Score, SecondScore string
}

// sheet is a page with the pictures of a list: no script, nothing that is fetched.
var sheet = template.Must(template.New("sheet").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Photos to look at</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.4 system-ui, sans-serif }
body { margin: 1rem auto; max-width: 80rem; padding: 0 1rem }
ol { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(14rem, 100%), 1fr)); list-style: none; padding: 0 }
li { border: 1px solid; border-radius: .5rem; overflow-wrap: anywhere; padding: .75rem }
img { background: #8884; height: 12rem; object-fit: contain; width: 100% }
p { margin: .25rem 0 }
</style>
<h1>Photos to look at</h1>
<p>{{len .Cards}} of {{.Of}} photos, the least sure first. Write what each shows into the column “answer” of {{.List}}, in the row of its number.</p>
<ol>{{range .Cards}}
<li>{{if .Picture}}<img src="{{.Picture}}" alt="{{.File}}">{{end}}
<p><strong>{{.Number}}</strong> <span title="{{.Path}}">{{.File}}</span></p>
<p>{{.Best}} {{.Score}}{{if .Second}}, or {{.Second}} {{.SecondScore}}{{end}}</p>{{if .Note}}
<p>{{.Note}}</p>{{end}}</li>{{end}}
</ol>
</html>
`))

// writeSheet writes the pictures of a list, which says where they lie. Photos that can't be read
// any more are there without one.
func writeSheet(w io.Writer, con *console.Console, list string, of int, photos []*naming.Named, files map[string]*photofile.File) error {
	page := struct {
		List  string
		Of    int
		Cards []card
	}{List: filepath.Base(list), Of: of}
	progress := con.Progress("making pictures", len(photos))
	defer progress.End()
	for i, r := range photos {
		if err := con.Context.Err(); err != nil {
			return err
		}
		path := console.OnOneLine(r.File)
		c := card{Number: i + 1, File: filepath.Base(path), Path: path, Note: note(r), Picture: thumbnail(files[r.File])}
		if len(r.Results) > 0 {
			c.Best, c.Score = r.Results[0].Label, fmt.Sprintf("%.0f%%", 100*r.Results[0].Score)
		}
		if len(r.Results) > 1 {
			c.Second, c.SecondScore = r.Results[1].Label, fmt.Sprintf("%.0f%%", 100*r.Results[1].Score)
		}
		page.Cards = append(page.Cards, c)
		progress.Done()
	}
	return sheet.Execute(w, &page)
}

// thumbnail is a small picture of a photo as an address, "" where there is none.
func thumbnail(f *photofile.File) template.URL {
	data, err := f.Read()
	if err != nil {
		return ""
	}
	p, err := photo.Decode(data, photo.Limits{})
	if err != nil {
		return ""
	}
	small, err := photo.Thumbnail(p)
	if err != nil {
		return ""
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(small))
}
