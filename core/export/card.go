package export

// A Card says what is in a file, for programs and for people: it travels inside of each format that
// has a place for it.
type Card struct {
	Name     string       `json:"name"`
	Labels   []string     `json:"labels,omitempty"`
	Inputs   []CardInput  `json:"inputs"`
	Networks []string     `json:"networks"` // feature spaces, or the network that names by itself
	Carries  []string     `json:"carries"`
	Unknown  *CardUnknown `json:"unknown,omitempty"`
	Notes    []string     `json:"notes,omitempty"` // what readers of the format do otherwise
}

// CardInput tells how a photo becomes an input: turned upright as its EXIF orientation says,
// resized with a filter that is widened where it makes smaller (as Pillow's are), cut in the
// centre, and rounded to levels from 0 to 255, red first.
type CardInput struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`   // rows and columns of the input, in pixels
	Resize int    `json:"resize"` // what the shorter side is resized to first
	Squash bool   `json:"squash"` // both sides are resized to that, whatever the proportions
	Filter string `json:"filter"` // bilinear or bicubic
	Range  [2]int `json:"range"`  // of the levels
	Layout string `json:"layout"` // NHWC, RGB
}

// CardUnknown tells how an answer is read.
type CardUnknown struct {
	Output      string  `json:"output"`
	Above       float64 `json:"above"`        // the photo shows none of the classes
	FalseAlarms float64 `json:"false_alarms"` // share of photos of the classes that are answered so, by held-out photos
}

// Card describes the classifier.
func (c *Classifier) Card() Card {
	card := Card{Name: c.Name, Labels: c.Labels, Carries: []string{"normalisation"}}
	for _, p := range c.Pictures {
		card.Inputs = append(card.Inputs, CardInput{
			Name: p.Name, Size: p.Size, Resize: p.Preprocess.Shorter(), Squash: p.Preprocess.Squash,
			Filter: string(p.Preprocess.Interpolation), Range: [2]int{0, 255}, Layout: "NHWC, RGB",
		})
	}
	for _, l := range c.branches {
		card.Networks = append(card.Networks, l.space.String())
	}
	if c.head == nil {
		return card
	}
	card.Carries = append(card.Carries, "calibration")
	if len(c.branches) > 1 {
		card.Carries = append(card.Carries, "views")
	}
	if c.Unknown() {
		card.Carries = append(card.Carries, "unknown")
		card.Unknown = &CardUnknown{Output: Strangeness, Above: 1, FalseAlarms: c.head.Unknown.FalseAlarms}
	}
	return card
}
