package engine

import (
	"encoding/json"
	"math"
	"sort"
	"time"

	"homeroom/core/archive/alike"
	"homeroom/core/fault"
	"homeroom/wasm/protocol"
)

// burstGap is how long after one another photos of a burst are taken, at most.
const burstGap = 2 * time.Second

// shortened are features as int8, the largest as 127: a quarter of the bytes, for thousands of
// photos that are held at once. Cosines of them are right to a hundredth.
func shortened(features []float32) []byte {
	most := float32(0)
	for _, v := range features {
		most = max(most, v, -v)
	}
	out := make([]byte, len(features))
	for i, v := range features {
		if most > 0 {
			out[i] = byte(int8(math.Round(float64(127 * v / most))))
		}
	}
	return out
}

// lengthened are features that were shortened, to another scale.
func lengthened(short []byte) []float32 {
	out := make([]float32, len(short))
	for i, b := range short {
		out[i] = float32(int8(b))
	}
	return out
}

// nearest are the vectors that are most like the first, itself first, with their cosines.
func nearest(vectors [][]byte, most int) (places []int, cosines []float64) {
	if len(vectors) == 0 {
		return nil, nil
	}
	first := lengthened(vectors[0])
	all := make([]float64, len(vectors))
	places = make([]int, len(vectors))
	for i, v := range vectors {
		places[i], all[i] = i, alike.Cosine(first, lengthened(v))
	}
	sort.SliceStable(places, func(i, j int) bool { return all[places[i]] > all[places[j]] })
	places = places[:min(most, len(places))]
	for _, i := range places {
		cosines = append(cosines, all[i])
	}
	return places, cosines
}

// laid are photos that lie out to be compared.
type laid []alike.Photo

// lay puts more photos to them; vectors are their features, shortened. Whether files are the same
// to the byte is not asked here.
func (l *laid) lay(from int, photos protocol.Text, vectors [][]byte) error {
	if from == 0 {
		*l = nil
	}
	var list [][5]uint64
	if err := json.Unmarshal([]byte(photos), &list); err != nil {
		return err
	}
	if len(list) != len(vectors) || from != len(*l) { // those that lie there count with both
		return fault.Errorf("%d photos with %d vectors", from+len(list), len(*l)+len(vectors))
	}
	for i, p := range list {
		one := alike.Photo{Perceptual: p[0], Taken: int64(p[1]), Dated: p[2] != 0, Pixels: int(p[3]), Bytes: int64(p[4]), Features: lengthened(vectors[i])}
		for k := range 8 { // each is a file of its own
			one.Sum[k] = byte((from + i) >> (8 * k))
		}
		*l = append(*l, one)
	}
	return nil
}

// groups finds those that are alike. tick is as alike.Find has it.
func (l laid) groups(tick func(share float64) bool) []protocol.Group {
	out := []protocol.Group{}
	for _, g := range alike.Find(l, burstGap, tick) {
		out = append(out, protocol.Group{Kind: string(g.Kind), Photos: g.Photos})
	}
	return out
}
