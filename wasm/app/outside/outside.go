// Package outside is what the page's program asks of the browser, and what the browser tells it:
// plain data both ways.
//
// Package wasm/browser performs the one and reports the other. Everything that is asked for with a
// ticket is answered with it, so that an answer can be told from that to another question; what a
// browser does not answer (a tab that was put to sleep) is not waited for.
package outside

import (
	"time"

	"homeroom/wasm/protocol"
)

// Object is something of the browser's that is passed on unseen.
type Object = protocol.Object

// A File is one that a person gave, or a folder that is passed over, which has no Object.
type File struct {
	Object  Object
	Name    string // its own, without where it lies
	Path    string // where it lay in a folder that was given, with its name; "" where it was given alone
	Folder  int    // number of the folder that the page works in and that it lies in, 0 for none
	Bytes   int64
	Changed int64  // when it was last changed, in milliseconds since 1970; 0 where that is not known
	Head    []byte // its first bytes, where it lies in a folder and is not called like a photo; nil where they are not known
}

// Workers.
type (
	// Spawn starts a worker that may run a photo on so many threads. Where copies of its script did
	// not come through, so many that is Again, it is asked for under another address. It runs the
	// page's own program, or Program, a Uint8Array.
	Spawn struct {
		Worker, Threads, Again int
		Program                Object
	}
	// Post sends a worker a message of package protocol's.
	Post struct {
		Worker  int
		Message any
	}
	// Terminate ends a worker. Nothing of it is told any more.
	Terminate struct{ Worker int }

	// FromWorker is a message that a worker sent.
	FromWorker struct {
		Worker  int
		Message any
	}
	// WorkerDied says that a worker ended by itself, or sent or was sent what cannot be.
	WorkerDied struct {
		Worker int
		Why    string
	}
)

// Networks.
type (
	// GetCatalogue fetches the list of networks; fresh goes past every stored copy.
	GetCatalogue struct {
		Ticket int
		Fresh  bool
	}
	// GetPack fetches a pack and checks its length and checksum. Part is what came of it before, of
	// which From bytes are there, to go on from; nil to begin.
	GetPack struct {
		Ticket int
		Path   string
		Bytes  int64
		SHA256 string
		Fresh  bool
		Part   Object
		From   int64
	}
	// DropFetch ends either.
	DropFetch struct{ Ticket int }
	// KeepPack keeps a checked pack for use without a connection, and drops all that are not
	// wanted.
	KeepPack struct {
		Path   string
		Bytes  int64
		Pack   Object
		Wanted []string // paths
	}

	// GotCatalogue answers GetCatalogue. Status is that of the server's answer, 0 where there was
	// none.
	GotCatalogue struct {
		Ticket int
		Data   []byte
		Status int
		Error  string
	}
	// Comes tells how much is here of what is fetched.
	Comes struct {
		Ticket int
		Bytes  int64
	}
	// Pour sends a worker what came of a pack and what comes of it, as protocol.Poured; it may have
	// had some of it from an earlier fetch.
	Pour struct{ Ticket, Worker int }
	// GotPack answers GetPack: with a Pack, a Uint8Array, or with what went wrong.
	GotPack struct {
		Ticket int
		Pack   Object
		Status int    // of the server's answer where that is not 200
		Error  string // of the connection
		Bytes  int64  // that came
		Part   Object // with them, where the connection broke and it can go on; else nil
		Wrong  bool   // they are not those that were wanted
	}
)

// The store.
type (
	// OpenStore opens the browser's store.
	OpenStore struct{}
	// Write writes records, all or none. Where Project is not "", only as long as the store says
	// that Tab holds that project, or, where Tab is "", has it.
	Write struct {
		Ticket       int
		Records      []Record
		Project, Tab string
	}
	// Probe tells which Blobs can still be read: what came out of a store that was cleared may have
	// gone with it. It is answered by Probed.
	Probe struct {
		Ticket  int
		Objects []Object
	}
	// Get reads the records that have these keys. It is answered in pieces, and then by Ended.
	Get struct {
		Ticket int
		Kind   string
		Keys   [][]any
	}
	// GetAll reads all records whose keys begin with Prefix, in the order of their keys. It is
	// answered in pieces, and then by Ended.
	GetAll struct {
		Ticket int
		Kind   string
		Prefix []any
	}
	// Clear deletes all records whose keys begin with Prefix: of one kind, or where that is "" of
	// all but notes. It is answered by Ended.
	Clear struct {
		Ticket int
		Kind   string
		Prefix []any
	}

	// StoreOpened answers OpenStore.
	StoreOpened struct{ Error string }
	// Written answers Write: nothing was written where there is an Error.
	Written struct {
		Ticket  int
		Error   string
		Full    bool // because there is no room
		Taken   bool // because another tab holds the project
		Cleared bool // because nobody does any more, or it is not there: what was kept was cleared
	}
	// Probed answers Probe.
	Probed struct {
		Ticket   int
		Readable []bool // of each
	}
	// StoreClosed says that the browser closed the store, as it does when a person has its data
	// cleared.
	StoreClosed struct{}
	// Piece is some of what was asked for. What is not there is left out.
	Piece struct {
		Ticket  int
		Records []Record
	}
	// Ended says that all was done, or why not.
	Ended struct {
		Ticket int
		Error  string
	}
)

// A Record is one of the store's.
type Record struct {
	Kind  string
	Key   []any // strings and ints
	Value any   // a string, an Object, a Version, or nil for a record to be deleted
}

// A Version is a head as the store keeps it, with what is known of it.
type Version struct {
	Head, Last, Quick Object // as protocol.Learnt has them
	Result            string // JSON
}

// Room.
type (
	// AskRoom asks how much room this page has. Where the browser does not say that Need is too
	// much, it is tried out.
	AskRoom struct {
		Ticket int
		Need   float64 // bytes; 0 for none in particular
		Try    float64 // bytes to try out; 0: nothing is tried
	}
	// Persist asks the browser not to clear by itself what is kept.
	Persist struct{}

	// Room answers AskRoom.
	Room struct {
		Ticket      int
		Used, Quota float64
		Known       bool    // the browser tells
		Fits        float64 // of Try
		Tried       bool
	}
	// Persisted answers Persist.
	Persisted struct{ Firm bool }
)

// Other tabs.
type (
	// Hold has this tab hold a project, by a lock that no other tab has then. It waits so long for
	// one that has it, or takes it by force. It is answered by Held.
	Hold struct {
		Ticket   int
		Project  string
		Patience time.Duration
		Steal    bool
	}
	// LetGo gives a project up.
	LetGo struct{ Project string }
	// Call asks the other tabs to let go of a project.
	Call struct{ Project string }

	// Held answers Hold.
	Held struct {
		Ticket  int
		Project string
		Mine    bool
		Unsure  bool // there are no locks here: another tab may have it too
	}
	// Stolen says that another tab took a project by force.
	Stolen struct{ Project string }
	// Called says that another tab asks for a project.
	Called struct{ Project string }
	// Seen says that the page is looked at again, after another tab or window was.
	Seen struct{}
)

// The camera.
type (
	// OpenCamera opens the camera that looks away from the person, or the one in Front, if there
	// are two, with pictures of about a size. With Other, it is another than the one that was open
	// last, where there are more.
	OpenCamera struct {
		Ticket, Width, Height int
		Front, Other          bool
	}
	// CloseCamera lets go of it.
	CloseCamera struct{}
	// TakeStill takes a picture off a video element, with its shorter side at most so long, and
	// makes a JPEG of it.
	TakeStill struct {
		Ticket  int
		Element string // its ID
		Side    int
		Mirror  bool
		Name    string  // of the file
		Quality float64 // of the JPEG, up to 1
	}
	// TakeFrame takes the pixels of one.
	TakeFrame struct {
		Ticket  int
		Element string
		Side    int
		Mirror  bool
	}

	// CameraOpened answers OpenCamera: Name and Error are what the browser calls what went wrong,
	// and says of it.
	CameraOpened struct {
		Ticket int
		Name   string
		Error  string
		None   bool // this browser gives pages no camera here

		Cameras int  // that the device has
		Away    bool // it is known to look away from the person
	}
	// Still answers TakeStill; there is no file where the video shows nothing yet.
	Still struct {
		Ticket int
		File   File
	}
	// Frame answers TakeFrame, likewise.
	Frame struct {
		Ticket        int
		Pixels        Object // Uint8ClampedArray, RGBA
		Width, Height int
	}
)

// The document and the address.
type (
	// Focus brings the keyboard to the first element that matches, once the page is drawn; Select
	// selects its text.
	Focus struct {
		Selector string
		Select   bool
	}
	// FillScreen has an element fill the screen, or with "" none any more. Where the browser lets
	// none do so, nothing happens.
	FillScreen struct{ Selector string }
	// ScreenFilled says that an element fills the screen now, or that none does any more, as after
	// Escape.
	ScreenFilled struct{ On bool }
	// Reveal scrolls an element into view.
	Reveal struct{ Selector string }
	// SetValue sets what an input holds, which a person may have changed.
	SetValue struct{ Selector, Value string }
	// SetChecked does so for a box.
	SetChecked struct {
		Selector string
		Checked  bool
	}
	// Refuse says beside an input why what it holds cannot be, until it is changed; "" takes that
	// back.
	Refuse struct{ Selector, Text string }
	// PutBack takes back what a person chose or wrote in an element, which was not taken.
	PutBack struct{ ID string }
	// Step brings the keyboard from an item of a list that is laid out in rows to the nearest one
	// in the row above or below: to the first button in it.
	Step struct {
		Selector string // of the item
		Up       bool
	}
	// FetchPhotos fetches the files of pictures that the page shows. It is answered by
	// PhotosFetched.
	FetchPhotos struct {
		Ticket    int
		Selectors []string
	}
	// PhotosFetched answers FetchPhotos: with all of them, or with what went wrong.
	PhotosFetched struct {
		Ticket int
		Files  []File
		Status int // of the server's answer where that is none of success
		Error  string
	}
	// Fold closes what folds away.
	Fold struct{ Selector string }
	// Offer gives the person a file to save: an Object, a Blob, or else Data and then the Parts one
	// after the other. Those that are Blobs are read only as it is saved.
	Offer struct {
		Name, Type string
		Data       []byte
		Object     Object
		Parts      []Part
	}
	// SetAddress writes parameters into the page's address, where a reload or a bookmark finds
	// them; "" removes one.
	SetAddress struct{ Parameters [][2]string }

	// SetNote keeps a text for this tab, which Began has when the page is loaded anew.
	SetNote struct{ Text string }

	// SetPlace writes what is shown into the page's address, from # on: as a new entry of the
	// browser's history, or in the place of the one that is there.
	SetPlace struct {
		Place string
		New   bool
	}

	// GetLanguage fetches the file of a language. It is answered by GotLanguage.
	GetLanguage struct {
		Ticket int
		Code   string
	}
	// Speak has what the page has from the beginning in a language, and later visits; Words is its
	// file, nil for English.
	Speak struct {
		Code  string
		Words []byte
	}
	// GotLanguage answers GetLanguage: with the file, or with what went wrong.
	GotLanguage struct {
		Ticket int
		Data   []byte
		Error  string
	}

	// Began is the first event.
	Began struct {
		Now     time.Time
		Device  Device
		Address string // the page's, from the question mark on
		Place   string // from # on
		Random  uint64 // to begin drawing lots with
		Last    int    // the highest ID of a photo that this tab had before the page was loaded anew
		Kept    int    // how many it kept of them
		Note    string // the last of SetNote in this tab, "" for none
		// Language is the code of the one that is wanted, Words its file where that has come.
		Language string
		Words    []byte
	}
	// Drawn says that what the program described last is shown.
	Drawn struct{}
	// Went says that the address is another from # on.
	Went struct{ Place string }
	// Tick tells the time.
	Tick struct{ Now time.Time }
	// Gathering says that files are on their way in: so many so far, of folders that are walked, or
	// in all.
	Gathering struct {
		Files   int
		Walking bool
		Error   string // a folder could not be read
		Folder  string // its name
	}
	// Printing says whether the page is being put on paper.
	Printing struct{ On bool }
	// Dragging says whether files are dragged over the page.
	Dragging struct{ On bool }
	// NotOffline says why this page is not kept for use without a connection.
	NotOffline struct{ Why string }
)

// Device is what the browser tells of where it runs.
type Device struct {
	Cores      int
	Memory     float64 // GB, 0 where it is not told
	Secure     bool    // the connection is, without which nothing can be kept for use without one
	NotOffline string  // why the page is not kept all the same, "" where it is
	Single     bool    // the whole page is one file
	Folders    bool    // folders can be picked
	Works      bool    // the page can work in a folder, and not only read it
	First      int     // photos of its own that the page opens on
	// Patience is how long nothing may come of what is fetched before the page says so.
	Patience time.Duration
	// Sharing is the program that makes files for others.
	Sharing Program
}

// A Program is a file of the page that a worker runs, besides the page's own. One without a path is
// not there.
type Program struct {
	Path   string
	Bytes  int64
	SHA256 string
	Parts  []Program // files that go into what it makes
}

// A Part is one of a file that is offered: an Object, a Blob, or else Data.
type Part struct {
	Data   []byte
	Object Object
}
