package journal

import (
	"encoding/binary"
	"math"
)

// Seen is what is compared of a photo: what follows from the bytes of its file.
type Seen struct {
	Width, Height int
	Taken         int64  // by the photo itself, in milliseconds since 1970, 0 where it does not say
	Perceptual    uint64 // photo.PerceptualHash
	Features      []float32
	Error         string // why nothing was seen; the rest is empty then
}

// seenHead is the bytes before the features: numbers of 64 bits, the lowest first.
const seenHead = 4 * 8

func (s *Seen) encode() []byte {
	b := make([]byte, 0, seenHead+4*len(s.Features))
	for _, v := range []uint64{uint64(s.Width), uint64(s.Height), uint64(s.Taken), s.Perceptual} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	if s.Error != "" {
		return append(b, s.Error...) // behind a width of 0
	}
	for _, v := range s.Features {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// decode reads what encode wrote, of so many features, and tells whether it is that.
func (s *Seen) decode(b []byte, features int) bool {
	if len(b) < seenHead {
		return false
	}
	number := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	if number(0) == 0 {
		s.Error = string(b[seenHead:])
		return s.Error != ""
	}
	if len(b) != seenHead+4*features {
		return false
	}
	s.Width, s.Height, s.Taken, s.Perceptual = int(number(0)), int(number(1)), int64(number(2)), number(3)
	const most = 1 << 20 // of a photo's side
	if s.Width < 1 || s.Height < 1 || s.Width > most || s.Height > most {
		return false
	}
	s.Features = make([]float32, features)
	for i := range s.Features {
		v := math.Float32frombits(binary.LittleEndian.Uint32(b[seenHead+4*i:]))
		if v != v || math.IsInf(float64(v), 0) {
			return false
		}
		s.Features[i] = v
	}
	return true
}

// Seen returns what was seen of a photo, of so many features.
func (j *Journal) Seen(k Key, features int) (s Seen, ok bool) {
	var b []byte
	if j.unread(j.db.QueryRow("SELECT seen FROM features WHERE sum = ? AND seer = ?", k.Sum[:], k.Namer).Scan(&b)) {
		return Seen{}, false
	}
	ok = s.decode(b, features)
	return s, ok
}

// AddSeen writes down what was seen of a photo, as [Journal.Add] does what it was named.
func (j *Journal) AddSeen(k Key, s *Seen, file *File) error {
	e := entry{key: k, file: file}
	if s != nil { // else it is there already
		e.seen = s.encode()
	}
	return j.add(e)
}
