package outside

// The photos of a tab, which are kept for as long as it is open, so that they are there again when
// the page is loaded anew. No other tab sees them, and what a tab that was closed has left is
// deleted by the next page of Homeroom that is opened.
type (
	// Recall gives back what this tab kept. It is answered by Recalled, in pieces: first all
	// records, then pictures and files.
	Recall struct{ Ticket int }
	// Remember keeps photos, and drops those that are Gone, or All that were kept before. It is
	// answered by Remembered.
	Remember struct {
		Ticket int
		All    bool
		Gone   []int
		Photos []Kept
		Last   int // the highest ID of any photo so far
		Count  int // of photos that the page has
	}

	// Recalled answers Recall. After the piece that is Done nothing more comes. Where there is an
	// Error, nothing can be kept here.
	Recalled struct {
		Ticket int
		Photos []Kept
		Done   bool
		Error  string
	}
	// Remembered answers Remember: nothing was kept of it where there is an Error.
	Remembered struct {
		Ticket int
		Error  string
		Full   bool // because there is no room
	}
)

// Kept is what is kept of a photo. What is empty stays as it is kept, or comes in another piece.
type Kept struct {
	ID      int
	Record  string
	Picture Object // Blob
	File    Object // Blob
	Vector  Object // ArrayBuffer: features, by which it is compared
}
