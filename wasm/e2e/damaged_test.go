package e2e

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"
	"golang.org/x/image/bmp"
)

// half is the first part of a file, with most of what its picture is made of.
func half(data []byte) []byte { return data[: len(data)*6/10 : len(data)*6/10] }

// still is a GIF of the subject.
func still(t *testing.T) []byte {
	t.Helper()
	m := sized(t, 320, 240)
	frame := image.NewPaletted(m.Bounds(), palette.WebSafe)
	draw.FloydSteinberg.Draw(frame, frame.Bounds(), m, image.Point{})
	var out bytes.Buffer
	if err := gif.Encode(&out, frame, &gif.Options{NumColors: 216}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asBMP(t *testing.T, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bmp.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// picture is one of the pictures of core/photo's tests.
func picture(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "core", "photo", "testdata", "pictures", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// damage is what the card of a file says is wrong with it.
func (p *tab) damage(name string) string {
	p.t.Helper()
	return ask[string](p, fmt.Sprintf(`document.querySelector('[data-file=%q]').dataset.damaged || ""`, name))
}

// A damaged file of any format is named by what was there of it, which its card says and shows.
func TestDamagedPicturesAreShown(t *testing.T) {
	p := open(t, "")
	m := sized(t, 320, 240)
	whole := asPNG(t, m)
	wrongSum := bytes.Clone(whole)
	wrongSum[bytes.LastIndex(whole, []byte("IEND"))-5] ^= 1 // the last byte of the sum of the pixels
	// The first frame of an animation is none, so the next one is shown.
	frame := bytes.Replace(picture(t, "animated-lossless-alpha.webp"), []byte("VP8L"), []byte("what"), 1)
	files := []file{
		{"half.jpg", "image/jpeg", half(asJPEG(t, m, 90))},
		{"half.png", "image/png", half(whole)},
		{"wrong sum.png", "image/png", wrongSum},
		{"half.gif", "image/gif", half(still(t))},
		{"half.bmp", "image/bmp", half(asBMP(t, m))},
		{"frame.webp", "image/webp", frame},
		{"whole.png", "image/png", whole},
	}
	p.drop(files...)
	cards := p.settle(len(files))
	if *shots != "" {
		p.do(chromedp.EmulateViewport(1280, ask[int64](p, "document.documentElement.scrollHeight")))
		p.shoot("damaged")
	}
	for i, c := range cards {
		checkNamed(t, c)
		why := p.damage(c.File)
		switch said := "Damaged: what was there is shown (" + why + ")."; {
		case i == len(cards)-1:
			if why != "" || strings.Contains(c.Text, "Damaged") {
				t.Errorf("%s is whole, and its card says %q, %q", c.File, why, c.Text)
			}
		case why == "" || !strings.Contains(c.Text, said):
			t.Errorf("%s is damaged, by %q; its card says %q", c.File, why, c.Text)
		}
	}
}

// A file that ours calls damaged and can't show at all goes to the browser's decoder, as one of an
// unknown format does.
func TestBrowserReadsWhatOursCannot(t *testing.T) {
	p := open(t, "")
	// A chunk before the pixels whose name is none: nothing behind it counts for ours, nor for
	// Pillow.
	whole := asPNG(t, sized(t, 320, 240))
	chunk := []byte("\x00\x00\x00\x00a*TL")
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	stray := file{"stray.png", "image/png", append(append(append([]byte(nil), whole[:33]...), chunk...), whole[33:]...)}
	if !ask[bool](p, "(() => {"+inPage([]file{stray})+"return createImageBitmap(files[0]).then(() => true, () => false)})()") {
		t.Skip("this browser can't read the file either")
	}
	p.drop(stray, file{"whole.png", "image/png", whole})
	cards := p.settle(2)
	for _, c := range cards {
		checkNamed(t, c)
	}
	if why := p.damage("stray.png"); why != "the browser's decoder could still read it" || !strings.Contains(cards[0].Text, "Damaged: what was there is shown ("+why+").") {
		t.Errorf("it is damaged, by %q; its card says %q", why, cards[0].Text)
	}
	if got, want := cards[0], cards[1]; got.Label != want.Label || got.Score != want.Score {
		t.Errorf("by the browser's decoder it is %s %s, whole %s %s", got.Label, got.Score, want.Label, want.Score)
	}
	// What neither reads is refused, for the reason that ours gives.
	p.drop(file{"start.webp", "image/webp", half(picture(t, "lossy-coarse.webp"))}, file{"start.png", "image/png", whole[:40]})
	for _, c := range p.settle(4)[2:] {
		if !strings.Contains(c.Error, "is damaged or cut short") || c.Label != "" || !strings.Contains(c.Text, "Could not be named") {
			t.Errorf("%s is called %q with the error %q; its card says %q", c.File, c.Label, c.Error, c.Text)
		}
	}
}

// vast is a side, in pixels, of a picture that is just let through, and tooVast of one that is not.
const vast, tooVast = 9_984, 50_000

// put writes sizes over those in a file, behind the n-th byte after a mark.
func put(t *testing.T, data []byte, mark string, n int, order binary.ByteOrder, sizes ...int) []byte {
	t.Helper()
	i := bytes.Index(data, []byte(mark))
	if i < 0 {
		t.Fatalf("there is no %q", mark)
	}
	out := bytes.Clone(data)
	for k, size := range sizes {
		order.PutUint16(out[i+n+2*k:], uint16(size))
	}
	return out
}

// blackPNG is a PNG of one bit a pixel, all black, of a thousandth of the bytes that its rows have.
func blackPNG(t *testing.T, side int, interlaced byte) []byte {
	t.Helper()
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, body []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
		start := len(out)
		out = append(append(out, kind...), body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(side)), uint32(side))
	chunk("IHDR", append(head, 1, 0, 0, 0, interlaced))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	rows := make([]byte, 1+(side+7)/8)
	for range side * 17 / 8 { // more than the rows of all passes of an interlaced picture
		if _, err := z.Write(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return out
}

// scans is a progressive JPEG of a size whose last scan comes a number of times.
func scans(t *testing.T, w, h, times int) []byte {
	t.Helper()
	data := put(t, picture(t, "420-progressive.jpg"), "\xff\xc2", 5, binary.BigEndian, h, w)
	last, end := bytes.LastIndex(data, []byte("\xff\xda")), len(data)-2
	out := bytes.Clone(data[:end])
	for range times {
		out = append(out, data[last:end]...)
	}
	return append(out, data[end:]...)
}

// renderers are the processes that show pages.
func (p *tab) renderers() (ids []int) {
	p.t.Helper()
	info, err := chromedp.CallBrowser(p.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, process := range info.ProcessInfo {
		if process.Type == "renderer" {
			ids = append(ids, int(process.ID))
		}
	}
	return ids
}

// peak is the most memory that any of the processes had at once since their peaks were last
// forgotten, in bytes.
func peak(t *testing.T, ids []int) (most int) {
	t.Helper()
	for _, id := range ids {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", id))
		if err != nil {
			continue // it has ended
		}
		if found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status); found != nil {
			kilobytes, err := strconv.Atoi(string(found[1]))
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, 1024*kilobytes)
		}
	}
	return most
}

// mostResident is what the process of a page may hold while two workers read pictures of most
// pixels.
const mostResident = 2 << 30

// Pictures of a few bytes that claim to be vast are refused or shown, and the page goes on, in
// bounded memory.
func TestHostilePictures(t *testing.T) {
	long(t)
	p := open(t, "workers=2")
	little, big := binary.LittleEndian, binary.BigEndian
	sof := "\xff\xc0"
	jpg, small, canvas := asJPEG(t, sized(t, 64, 48), 80), still(t), picture(t, "animated-offset.webp")
	rle := asBMP(t, image.NewPaletted(image.Rect(0, 0, 8, 8), palette.WebSafe))
	rle[30] = 1 // run lengths of 8 bits
	bmpOf := func(side int) []byte {
		out := bytes.Clone(rle)
		little.PutUint32(out[18:], uint32(side))
		little.PutUint32(out[22:], uint32(side))
		return out
	}
	gifOf := func(side int) []byte {
		out := put(t, small, "GIF8", 6, little, side, side)
		little.PutUint16(out[bytes.Index(out, []byte{0x2c, 0, 0, 0, 0})+5:], uint16(side))
		little.PutUint16(out[bytes.Index(out, []byte{0x2c, 0, 0, 0, 0})+7:], uint16(side))
		return out
	}
	webpOf := func(side int) []byte {
		out := bytes.Clone(canvas)
		for i := range 2 {
			out[24+3*i], out[25+3*i], out[26+3*i] = byte(side-1), byte((side-1)>>8), byte((side-1)>>16)
		}
		return out
	}
	refused := []file{
		{"vast.png", "image/png", bomb()},
		{"vast.gif", "image/gif", gifOf(tooVast)},
		{"vast.bmp", "image/bmp", bmpOf(tooVast)},
		{"vast.webp", "image/webp", webpOf(tooVast)},
		{"vast.jpg", "image/jpeg", put(t, jpg, sof, 5, big, tooVast, tooVast)},
		// For the browser's decoder, which is not asked.
		{"vast.avif", "image/avif", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif\x00\x00\x00\x14ispe\x00\x00\x00\x00\x00\x00\x3e\x80\x00\x00\x3e\x80")},
		{"two thousand scans.jpg", "image/jpeg", scans(t, 4000, 3000, 2000)},
	}
	shown := []file{
		{"large.png", "image/png", blackPNG(t, vast, 0)},
		{"large interlaced.png", "image/png", blackPNG(t, vast, 1)},
		{"large.gif", "image/gif", gifOf(vast)},
		{"large.bmp", "image/bmp", bmpOf(vast)},
		{"large.webp", "image/webp", webpOf(vast)},
		{"large.jpg", "image/jpeg", put(t, jpg, sof, 5, big, vast, vast)},
		{"large progressive.jpg", "image/jpeg", scans(t, vast, vast, 1)},
		{"hundred scans.jpg", "image/jpeg", scans(t, 4000, 3000, 100)},
	}
	measured := runtime.GOOS == "linux"
	for _, files := range [][]file{refused, shown} {
		for _, id := range p.renderers() {
			measured = measured && os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", id), []byte("5"), 0o200) == nil
		}
		before, start := len(p.cards()), time.Now()
		p.drop(files...)
		cards := p.settle(before + len(files))[before:]
		most := peak(t, p.renderers())
		t.Logf("%d files in %.1f s; the page's process had up to %d MB", len(files), time.Since(start).Seconds(), most>>20)
		for i, c := range cards {
			t.Logf("%s of %d bytes: %s%s %s", c.File, len(files[i].data), c.Label, c.Error, p.damage(c.File))
			if named := c.Error == "" && c.Label != ""; named != (files[0].name == "large.png") {
				t.Errorf("%s is called %q, with the error %q", c.File, c.Label, c.Error)
			}
			if c.Error != "" && !strings.Contains(c.Error, "pixels") {
				t.Errorf("%s is refused by %q", c.File, c.Error)
			}
		}
		if measured && most > mostResident {
			t.Errorf("the page's process had up to %d MB", most>>20)
		}
	}
	// The page lives, and what comes next is named.
	before := len(p.cards())
	p.drop(load(t, photoPaths(t)[0])...)
	checkNamed(t, p.settle(before + 1)[before])
}
