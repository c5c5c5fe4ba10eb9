package photo

// Memory estimates how many bytes [Decode] takes for a file at its peak, the file itself left out,
// from its header alone; 0 where it is no picture that can be read. Whoever decodes several photos
// at once keeps the sum of them within what there is.
func Memory(data []byte) (bytes int64) {
	for _, c := range codecs {
		if c.match(data) {
			return c.need(data)
		}
	}
	return 0
}

func (c codec) need(data []byte) (bytes int64) {
	defer func() {
		if recover() != nil { // as in read: Decode will tell what is wrong with the file
			bytes = 0
		}
	}()
	w, h, err := c.size(data)
	if err != nil || w <= 0 || h <= 0 || w > DefaultLimits.Pixels/h {
		return 0 // Decode refuses it before it takes any
	}
	each := float64(maxMemory)
	if c.reduced != nil {
		_, c.memory = c.reduced(1, 1)
	}
	if c.memory != nil {
		each = c.memory(data)
	}
	return int64(each * float64(w) * float64(h))
}
