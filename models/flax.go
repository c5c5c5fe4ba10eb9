package models

import (
	"fmt"
	"slices"
	"strings"
)

// flaxSource shows the convolutions of an AlexNet or VGG in Flax's names (AlexNet_0.Conv_0.kernel,
// [KH][KW][in][out]) under torchvision's names and in its order (features.0.weight,
// [out][in][KH][KW]). The linear layers by which LPIPS (Zhang et al. 2018, arXiv 1801.03924) weighs
// distances are no part of the network and left out.
type flaxSource struct {
	Source
	from map[string]string // torchvision's name to Flax's
}

// fromFlax returns src as torchvision would have named it, if its names are Flax's.
func fromFlax(src Source) Source {
	kernels := map[string][]string{} // of each network, in their order
	for _, name := range src.Names() {
		module, _, ok := strings.Cut(name, "Conv_")
		if !ok || !strings.HasSuffix(name, ".kernel") || !strings.HasPrefix(module, "AlexNet_") && !strings.HasPrefix(module, "VGG") {
			continue
		}
		kernels[module] = append(kernels[module], name)
	}
	if len(kernels) != 1 {
		return src
	}
	f := flaxSource{src, map[string]string{}}
	for module, list := range kernels {
		places := alexConvs[:]
		if strings.HasPrefix(module, "VGG") {
			places = vggConvs(len(list))
		}
		if len(places) != len(list) {
			return src
		}
		for i, at := range places {
			old := fmt.Sprintf("%sConv_%d.", module, i)
			f.from[fmt.Sprintf("features.%d.weight", at)] = old + "kernel"
			f.from[fmt.Sprintf("features.%d.bias", at)] = old + "bias"
		}
	}
	for _, old := range f.from {
		if src.Dims(old) == nil {
			return src
		}
	}
	return f
}

// vggConvs returns the places of the convolutions in the variant without batch norm that has so
// many.
func vggConvs(n int) []int {
	for _, v := range vgg.variants {
		c := v.config.(vggConfig)
		var places []int
		at := 0
		for _, k := range c.layers {
			for range k {
				places = append(places, at)
				at += c.step()
			}
			at++ // the pooling
		}
		if !c.norm && len(places) == n {
			return places
		}
	}
	return nil
}

// Names returns the names that torchvision has.
func (f flaxSource) Names() []string {
	var names []string
	for name := range f.from {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Dims returns the extents in torchvision's order.
func (f flaxSource) Dims(name string) []int {
	d := f.Source.Dims(f.from[name])
	if len(d) == 4 {
		d = []int{d[3], d[2], d[0], d[1]}
	}
	return d
}

// Floats returns the elements in torchvision's order.
func (f flaxSource) Floats(name string) ([]float32, error) {
	w, err := f.Source.Floats(f.from[name])
	d := f.Dims(name)
	if err != nil || len(d) != 4 {
		return w, err
	}
	out, in, grid := d[0], d[1], d[2]*d[3]
	turned := make([]float32, len(w))
	for k := range grid {
		for c := range in {
			for o := range out {
				turned[(o*in+c)*grid+k] = w[(k*in+c)*out+o]
			}
		}
	}
	return turned, nil
}
