package classify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"homeroom/core/feature"
	"homeroom/core/intake"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/whole"
)

// heatMaps are the flags of heat maps.
type heatMaps struct {
	Heat    string `placeholder:"FILE.png|DIR" help:"Paint over each photo what speaks for its best class, and write it: one photo to a file, more into a folder."`
	HeatFor string `placeholder:"CLASS" help:"Class to paint heat maps for, in place of the best."`

	to map[string]string // the file of each photo
}

// heatSide is the longer side of a written heat map, in pixels.
const heatSide = 1024

// Validate is called by kong.
func (h *heatMaps) Validate() error {
	if h.HeatFor != "" && h.Heat == "" {
		return errors.New("--heat-for: say with --heat where to write the heat maps")
	}
	return nil
}

// begin makes ready for heat maps of photos and returns the index of the class they are wanted for,
// −1 for the best of each photo. No photo is ever written over.
func (h *heatMaps) begin(classes []string, photos []photofile.File) (int, error) {
	if h.Heat == "" {
		return -1, nil
	}
	class := -1
	if h.HeatFor != "" {
		class = slices.IndexFunc(classes, func(c string) bool { return strings.EqualFold(c, h.HeatFor) })
		if class < 0 {
			return 0, fmt.Errorf("--heat-for %s: there is no class of that name", h.HeatFor)
		}
	}
	alone := strings.EqualFold(filepath.Ext(h.Heat), ".png")
	if alone && len(photos) != 1 {
		return 0, fmt.Errorf("--heat %s: that is one file, and there are %d photos; name a folder", h.Heat, len(photos))
	}
	var inputs []string
	for _, p := range photos {
		inputs = append(inputs, p.Path)
	}
	h.to = map[string]string{}
	if alone {
		h.to[inputs[0]] = h.Heat
		return class, whole.Check(h.Heat, inputs...)
	}
	// The name of another kind of picture is no folder that anyone means.
	if info, err := os.Stat(h.Heat); (err != nil || !info.IsDir()) && intake.CalledPhoto(h.Heat) {
		return 0, fmt.Errorf("--heat %s: heat maps are PNG; name a file that ends in .png, or a folder", h.Heat)
	}
	if err := whole.Folder(h.Heat); err != nil {
		return 0, fmt.Errorf("--heat: %w", err)
	}
	taken := map[string]bool{}
	for _, path := range inputs {
		if h.to[path] != "" {
			continue
		}
		base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		name := base + ".png"
		for n := 2; taken[strings.ToLower(name)]; n++ { // some file systems take a.png for A.png
			name = fmt.Sprintf("%s-%d.png", base, n)
		}
		taken[strings.ToLower(name)] = true
		h.to[path] = filepath.Join(h.Heat, name)
	}
	return class, h.check(inputs)
}

// check makes sure that the folder takes files and that no heat map takes the place of a photo, or
// of anything else that is no heat map: it is the program that chose the names in the folder.
func (h *heatMaps) check(inputs []string) error {
	if err := whole.Check(filepath.Join(h.Heat, "heat.png"), inputs...); err != nil {
		return err
	}
	for _, path := range inputs {
		to := h.to[path]
		if _, err := os.Lstat(to); err != nil {
			continue // nothing is there
		}
		if err := whole.Check(to, inputs...); err != nil {
			return fmt.Errorf("--heat %s: %w", h.Heat, err)
		}
		if !isHeatMap(to) {
			return fmt.Errorf("--heat %s: %s is there already and is no heat map, so it is kept; name another folder", h.Heat, to)
		}
	}
	return nil
}

// mark is the chunk by which a heat map is known again, behind the header of its PNG.
var mark = func() []byte {
	const text = "tEXtSoftware\x00Homeroom heat map"
	b := binary.BigEndian.AppendUint32(nil, uint32(len(text)-4))
	b = append(b, text...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(text)))
}()

const pngHeader = 8 + 25 // its signature and IHDR

// isHeatMap says whether a file is a heat map that was written here.
func isHeatMap(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, pngHeader+len(mark))
	_, err = io.ReadFull(f, start)
	return err == nil && bytes.HasSuffix(start, mark)
}

// encode writes a heat map as PNG with the mark.
func encode(w io.Writer, m image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return err
	}
	for _, part := range [][]byte{b.Bytes()[:pngHeader], mark, b.Bytes()[pngHeader:]} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// write writes a photo under its heat maps and returns the path.
func (h *heatMaps) write(path string, p *photo.Photo, maps ...photo.Heat) (string, error) {
	to := h.to[path]
	err := whole.Write(to, 0o666, func(w io.Writer) error { return encode(w, p.UnderHeat(maps, heatSide)) })
	return to, err
}

// painter makes the heat maps of a command.
type painter struct{ *Command }

// Begin is of naming.Painter, as are the others.
func (c painter) Begin(classes []string, files []photofile.File) (wanted bool, class int, err error) {
	class, err = c.begin(classes, files)
	return c.Heat != "", class, err
}

func (c painter) Network(path string, p *photo.Photo, k *model.Classifier, class int) (string, error) {
	m, err := k.HeatMap(class)
	if err != nil {
		return "", err
	}
	return c.write(path, p, photo.Heat{Map: m, Seen: k.Seen(p.Size())})
}

// Taught writes the heat map of a photo for a class of a taught head: what all networks and views
// that it reads tell together.
func (c painter) Taught(path string, p *photo.Photo, t *engine.Taught, vectors [][]float32, class int) (string, error) {
	maps, _, err := model.HeatMaps(t.Head, class, p, vectors, func(space feature.Space) (*model.Classifier, error) {
		if t.Heat[space] != nil {
			return t.Heat[space], nil
		}
		made, err := model.NewClassifier(t.Networks[space.Network].Model, model.Options{Size: space.Size, Threads: c.ThreadCount(), Portable: c.Portable, Heat: true, Exact: c.Exact, Memory: c.MemoryBytes()})
		if err == nil {
			t.Heat[space] = made
		}
		return made, err
	})
	if err != nil {
		return "", err
	}
	return c.write(path, p, maps...)
}
