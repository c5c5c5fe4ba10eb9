package main

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/core/photo"
)

// heatMaps are the flags of heat maps.
type heatMaps struct {
	Heat    string `placeholder:"FILE.png|DIR" help:"Paint over each photo what speaks for its best class, and write it: one photo to a file, more into a folder."`
	HeatFor string `placeholder:"CLASS" help:"Class to paint heat maps for, in place of the best."`

	names map[string]bool // of files written
	alone bool            // Heat is a file
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

// begin makes ready for heat maps of so many photos and returns the index of
// the class they are wanted for, −1 for the best of each photo.
func (h *heatMaps) begin(classes []string, photos int) (int, error) {
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
	h.names = map[string]bool{}
	if h.alone = strings.EqualFold(filepath.Ext(h.Heat), ".png"); h.alone {
		if photos != 1 {
			return 0, fmt.Errorf("--heat %s: that is one file, and there are %d photos; name a folder", h.Heat, photos)
		}
		return class, nil
	}
	return class, os.MkdirAll(h.Heat, 0o755)
}

// write writes a photo under its heat maps and returns the path.
func (h *heatMaps) write(path string, p *photo.Photo, maps ...photo.Heat) (string, error) {
	to := h.Heat
	if !h.alone {
		base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		name := base + ".png"
		for n := 2; h.names[name]; n++ {
			name = fmt.Sprintf("%s-%d.png", base, n)
		}
		h.names[name] = true
		to = filepath.Join(h.Heat, name)
	}
	f, err := os.Create(to)
	if err != nil {
		return "", err
	}
	if err := png.Encode(f, p.UnderHeat(maps, heatSide)); err != nil {
		f.Close()
		return "", fmt.Errorf("%s: %w", to, err)
	}
	return to, f.Close()
}

// heatOf writes the heat map of a photo for a class of a taught head: what all
// networks and views that it reads tell together.
func (c *classify) heatOf(t *taught, f features, class int) (string, error) {
	d := decodeOne(f.photoFile)
	if d.err != nil {
		return "", d.err
	}
	maps, _, err := model.HeatMaps(t.head, class, d.photo, f.vectors, func(space feature.Space) (*model.Classifier, error) {
		if t.heat[space] != nil {
			return t.heat[space], nil
		}
		made, err := model.NewClassifier(t.networks[space.Network].model, model.Options{Size: space.Size, Threads: c.threads(), Portable: c.Portable, Heat: true})
		if err == nil {
			t.heat[space] = made
		}
		return made, err
	})
	if err != nil {
		return "", err
	}
	return c.write(f.path, d.photo, maps...)
}
