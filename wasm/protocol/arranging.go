package protocol

// An Arrangement is photos that are to be put into folders.
type Arrangement struct {
	Template string          `json:"template"`
	Photos   []ArrangedPhoto `json:"photos"`
	There    []string        `json:"there"` // files and folders of the folder that is sorted into
}

// An ArrangedPhoto is one of them. Paths have slashes.
type ArrangedPhoto struct {
	Path   string   `json:"path"`
	Label  string   `json:"label"` // "" where none is sure enough
	Beside []string `json:"beside,omitempty"`
}

// A Place is where a file goes, with what goes with it.
type Place struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Beside []Place `json:"beside,omitempty"`
	Error  string  `json:"error,omitempty"` // why it has none
}

// A Sidecar is what is known beside a photo, and the name that is to be written into it.
type Sidecar struct {
	Data    []byte  `json:"data,omitempty"` // empty where there is none
	Label   string  `json:"label,omitempty"`
	Score   float64 `json:"score,omitempty"`
	Network string  `json:"network,omitempty"`
	Same    bool    `json:"same,omitempty"`  // nothing changes
	Error   string  `json:"error,omitempty"` // why it is left as it is
}
