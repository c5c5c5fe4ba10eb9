package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"image/jpeg"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nfnt/resize"

	"homeroom/core/photo"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

var zipPhotos = flag.Int("zip-photos", 10_000, "photos of TestZipOfTenThousandPhotos, in a folder of 400 MB")

// grown is the most megabytes that making the zip may add to what the page's process holds: some
// for lists of names and places, far less than the photos have.
const grown = 100

// giveMany writes photos into the fake folder: pictures in turn, each with its number and padding.
const giveMany = `
	window.giveMany = async (pictures, from, to, padded) => {
		const data = pictures.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
		const season = await window.season();
		const one = async (i) => {
			const picture = data[i % data.length], all = new Uint8Array(picture.length + padded).fill(i);
			all.set(picture);
			new DataView(all.buffer).setUint32(picture.length, i);
			const at = await season.getDirectoryHandle("trap " + i % 20, {create: true});
			const writer = await (await at.getFileHandle("IMG_" + i + ".jpg", {create: true})).createWritable();
			await writer.write(all);
			await writer.close();
		};
		for (let i = from; i < to; i += 10) await Promise.all(Array.from({length: Math.min(10, to - i)}, (_, k) => one(i + k)));
		return true;
	};`

// smallPictures are photos at a size of a few kilobytes, with names that are sure.
func smallPictures(t *testing.T) (pictures [][]byte) {
	t.Helper()
	for _, name := range []string{"koala.jpg", "panda.jpg", "goldfish.jpg"} {
		p, err := photo.Decode(load(t, filepath.Join(*photoFolder, name))[0].data, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, resize.Resize(96, 0, p.Image(), resize.Bilinear), nil); err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, out.Bytes())
	}
	return pictures
}

// TestZipOfTenThousandPhotos: a zip of ten thousand photos of a folder has every one of them to the
// byte, and takes next to no memory, in the page and in the browser.
func TestZipOfTenThousandPhotos(t *testing.T) {
	long(t)
	n := *zipPhotos
	padded := 400_000_000 / n // bytes that follow the picture in each photo
	// In the profile that is on disk: of a fresh one, which is off the record, the browser itself
	// has all files in memory.
	p := showIn(t, serve(t), "size=64", nil, fakeFolder, giveMany, weighing, own)
	p.wait("ready")
	downloads := p.downloads()
	t.Logf("at first: %v; the browser itself %.0f MB", p.weigh(), p.browserWeight())
	pictures := smallPictures(t)
	var texts []string
	for _, data := range pictures {
		texts = append(texts, fmt.Sprintf("%q", base64.StdEncoding.EncodeToString(data)))
	}
	start := time.Now()
	for from := 0; from < n; from += 500 {
		ask[bool](p, fmt.Sprintf("window.giveMany([%s], %d, %d, %d)", strings.Join(texts, ","), from, min(from+500, n), padded))
	}
	t.Logf("written after %.0f s: %v; the browser itself %.0f MB", time.Since(start).Seconds(), p.weigh(), p.browserWeight())
	start = time.Now()
	p.click("button", "Work in a folder")
	for end, told := time.Now().Add(30*time.Minute), time.Now(); !ask[bool](p, fmt.Sprintf(`document.querySelector("#tally").textContent === "%s named" && document.documentElement.dataset.state === "ready"`, text.English.Words(words.Thousands(n)))); time.Sleep(time.Second) {
		if time.Since(told) > 30*time.Second {
			told = time.Now()
			t.Logf("after %.0f s %s: %v", time.Since(start).Seconds(), ask[string](p, `document.querySelector("#folder-counts")?.textContent || "nothing"`), p.weigh())
		}
		if time.Now().After(end) {
			t.Fatal("they are not named")
		}
	}
	t.Logf("named after %.0f s: %s", time.Since(start).Seconds(), p.held())
	start = time.Now()
	p.click("radio", "Make a zip of folders")
	p.click("button", "Show what will happen")
	p.untilWithin(5*time.Minute, `document.querySelector("#folder-summary")`)
	t.Logf("planned after %.1f s", time.Since(start).Seconds())
	before, beforeBrowser := p.weigh(), p.browserWeight()
	t.Logf("planned: %v; the browser itself %.0f MB; once garbage is collected, %s", before, beforeBrowser, p.held())
	start = time.Now()
	p.click("button", "Make the zip")
	most, mostBrowser := before, beforeBrowser
	var told time.Time
	saved := ""
	for end := time.Now().Add(15 * time.Minute); saved == ""; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no zip was saved; the page says %q", ask[string](p, `document.querySelector("#folder").innerText`))
		}
		now, nowBrowser := p.weigh(), p.browserWeight()
		if now.anon > most.anon {
			most = now
		}
		mostBrowser = max(mostBrowser, nowBrowser)
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			t.Logf("after %.0f s: %v; the browser itself %.0f MB", time.Since(start).Seconds(), now, nowBrowser)
		}
		if found, err := filepath.Glob(filepath.Join(downloads, "*.zip")); err == nil && len(found) == 1 {
			if info, err := os.Stat(found[0]); err == nil && info.Size() > 0 {
				saved = found[0]
			}
		}
	}
	p.tells("Put " + text.English.Words(words.Photos(n)) + " into the zip.")
	t.Logf("saved after %.0f s; the page's process took %.0f MB at most, from %.0f, and the browser itself %.0f, from %.0f", time.Since(start).Seconds(), most.anon, before.anon, mostBrowser, beforeBrowser)
	if most.anon > before.anon+grown || mostBrowser > beforeBrowser+grown {
		t.Errorf("memory grew by more than %d MB", grown)
	}
	checkMany(t, saved, pictures, n, padded)
}

// checkMany says what is not in a zip as it should be.
func checkMany(t *testing.T, saved string, pictures [][]byte, n, padded int) {
	t.Helper()
	z, err := zip.OpenReader(saved)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	seen := map[uint32]bool{}
	sidecars := 0
	for _, f := range z.File {
		if path.Ext(f.Name) == ".xmp" {
			sidecars++
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r) // which checks the sum
		if err != nil || len(data) < padded {
			t.Fatalf("%s: %d bytes, %v", f.Name, len(data), err)
		}
		picture := data[:len(data)-padded]
		i := binary.BigEndian.Uint32(data[len(picture):])
		if seen[i] || int(i) >= n || crc32.ChecksumIEEE(picture) != crc32.ChecksumIEEE(pictures[i%uint32(len(pictures))]) || data[len(data)-1] != byte(i) {
			t.Errorf("%s is number %d, there already: %v", f.Name, i, seen[i])
		}
		seen[i] = true
	}
	if len(seen) != n {
		t.Errorf("%d photos are in the zip, and %d sidecars", len(seen), sidecars)
	}
	t.Logf("the zip has %d photos and %d sidecars", len(seen), sidecars)
}
