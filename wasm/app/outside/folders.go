package outside

import "homeroom/core/intake"

// Folders that a person lets the page work in. Paths are inside the folder, with slashes.
type (
	// PickFolder lets the person choose a folder. It is answered by FolderPicked.
	PickFolder struct{ Ticket int }
	// AllowFolder asks the person, where that is needed, to let the page change a folder. It is
	// answered by FolderAllowed.
	AllowFolder struct {
		Ticket int
		Folder Object
	}
	// ListFolder lists all that is below a folder, but for what is passed over. It is answered by
	// FolderListed.
	ListFolder struct {
		Ticket int
		Folder Object
	}
	// OpenFiles opens files of a folder. It is answered by FilesOpened.
	OpenFiles struct {
		Ticket int
		Folder Object
		Paths  []string
	}
	// WatchFolder has FolderChanged sent whenever something below a folder changes, until
	// UnwatchFolder. It is answered by FolderWatched.
	WatchFolder struct {
		Ticket int
		Folder Object
	}
	// UnwatchFolder ends what WatchFolder with this ticket began.
	UnwatchFolder struct{ Ticket int }

	// FolderPicked answers PickFolder. There is neither Folder nor Error where the person chose
	// none.
	FolderPicked struct {
		Ticket      int
		Folder      Object
		Name, Error string
	}
	// FolderAllowed answers AllowFolder.
	FolderAllowed struct {
		Ticket  int
		Allowed bool
		Error   string
	}
	// FolderListed answers ListFolder: with the files and folders below it, in no order, or with
	// what went wrong. What is below those that are Unread is not known.
	FolderListed struct {
		Ticket         int
		Files, Folders []string
		Unread         []string
		Fault          Fault
		Error          string
	}
	// FilesOpened answers OpenFiles. What could not be opened has no Object. The Path of a file is
	// that inside the folder.
	FilesOpened struct {
		Ticket int
		Files  []File
	}
	// FolderWatched answers WatchFolder: whether the browser tells of changes.
	FolderWatched struct {
		Ticket int
		Tells  bool
	}
	// FolderChanged says that something below a folder that is watched changed.
	FolderChanged struct{ Ticket int }
)

// Found takes what lies under a name in the folder whose path is above, which ends with a slash
// where it is not empty, and tells whether that is a folder to be gone into.
func (l *FolderListed) Found(above, name string, file bool) bool {
	switch {
	case intake.PassedOver(name):
		return false
	case file:
		l.Files = append(l.Files, above+name)
		return false
	}
	l.Folders = append(l.Folders, above+name)
	return true
}

// NotRead says that a folder within could not be read. One that is not there any more was removed
// meanwhile, which is no fault.
func (l *FolderListed) NotRead(path string, fault Fault) {
	if fault != Gone {
		l.Unread = append(l.Unread, path)
	}
}

// What is done with one file of a folder. All are answered by FileDone.
type (
	// ReadFile reads a file that is no longer than Most: of a folder, or File itself where that is
	// given.
	ReadFile struct {
		Ticket int
		Folder Object
		Path   string
		File   Object
		Most   int64
	}
	// WriteFile writes a file and reads it again to compare. Where Fresh is set, nothing may be
	// there; else it is to hold Old until then.
	WriteFile struct {
		Ticket    int
		Folder    Object
		Path      string
		Fresh     bool
		Old, Data []byte
	}
	// MoveFile gives a file another place, in one step, where nothing may be; folders are made. The
	// file is left where it is where its size or time is another; a Bytes below 0 is any.
	MoveFile struct {
		Ticket         int
		Folder         Object
		From, To       string
		Bytes, Changed int64
	}
	// CopyFile is as MoveFile, but leaves the file, and compares it with the copy.
	CopyFile struct {
		Ticket         int
		Folder         Object
		From, To       string
		Bytes, Changed int64
	}
	// RemoveFile removes a file of this size and time.
	RemoveFile struct {
		Ticket         int
		Folder         Object
		Path           string
		Bytes, Changed int64
	}
	// RemoveFolder removes a folder, if nothing is in it.
	RemoveFolder struct {
		Ticket int
		Folder Object
		Path   string
	}
	// CompareFiles tells whether a file, and another, are there, and whether their bytes are the
	// same.
	CompareFiles struct {
		Ticket      int
		Folder      Object
		Path, Other string
	}

	// FileDone answers them.
	FileDone struct {
		Ticket int
		Fault  Fault
		Error  string // what the browser says of it
		File   File   // that is there by then, and was read or made
		Was    File   // that it was made of, by CopyFile
		Data   []byte // that was read
		There  bool   // for CompareFiles: the file is
		Other  bool   // the other is
		Same   bool   // both are, with the same bytes
	}
)

// A Fault is what went wrong with a file or folder of a person's.
type Fault int

const (
	Fine    Fault = iota
	Gone          // it is not there
	Taken         // something is at the place already
	Altered       // it is another than it was
	Denied        // the page may not, or not any more
	Full          // there is no room
	Unable        // this browser does not do that here
	Failed        // whatever else; Error tells
)
