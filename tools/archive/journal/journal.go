// Package journal keeps what photos were named, so that a later run names only what is new. It is
// an SQLite database: whatever ends the program, what was written stays, and any tool for SQLite
// reads it.
package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"homeroom/tools/whole"
)

// schema makes the tables where they are not there.
const schema = `
CREATE TABLE IF NOT EXISTS answers (
	sum    BLOB NOT NULL, -- SHA-256 of the photo's file
	namer  TEXT NOT NULL, -- what named it: network, input size, head
	answer TEXT NOT NULL, -- JSON
	PRIMARY KEY (sum, namer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
	path    BLOB PRIMARY KEY, -- as it was given
	size    INTEGER NOT NULL,
	changed INTEGER NOT NULL, -- nanoseconds since 1970
	sum     BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS features (
	sum     BLOB NOT NULL,
	seer    TEXT NOT NULL, -- feature space and network
	seen    BLOB NOT NULL, -- as [Seen.encode] writes it
	PRIMARY KEY (sum, seer)
) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS photos AS
	SELECT CAST(path AS TEXT) AS file, json_extract(answer, '$.results[0].label') AS label,
	       json_extract(answer, '$.results[0].score') AS score, json_extract(answer, '$.error') AS error, namer
	FROM files JOIN answers USING (sum);
`

// application marks the database as a journal, and version is its schema's.
const (
	application = 0x486f6d65
	version     = 1
)

// A Key says what was named by what.
type Key struct {
	Sum   [32]byte // SHA-256 of the photo's file
	Namer string
}

// A File is how a file was found when it was read.
type File struct {
	Path    string
	Size    int64
	Changed time.Time
}

// flushEvery is how long an answer is kept in memory before it is written, and flushCount how many.
const (
	flushEvery = time.Second
	flushCount = 256
)

// A Journal is one that is open. Its methods may be called from several goroutines.
type Journal struct {
	path    string
	db      *sql.DB
	end     func() error // lets another run have it
	mutex   sync.Mutex
	waiting []entry
	flushed time.Time
	broken  error
	told    bool // Add returned broken
}

type entry struct {
	key    Key
	answer string // "" where it is there already
	seen   []byte // likewise
	file   *File
}

// ErrInUse says that another run has the journal.
var ErrInUse = errors.New("another run is using it")

// Open opens a journal, or makes it. While it is open no other run can open it: the error is then
// [ErrInUse] and names the process.
func Open(path string) (*Journal, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the journal %s is no file", path)
	}
	note, end, err := whole.Take(path + ".lock")
	if errors.Is(err, whole.ErrHeld) {
		who := "a process that left no note"
		if note, err := os.ReadFile(path + ".lock"); err == nil && len(note) > 0 {
			who = strings.TrimSpace(string(note))
		}
		return nil, fmt.Errorf("the journal %s: %w (%s); wait until it has ended, or name another journal", path, ErrInUse, who)
	}
	if err != nil {
		return nil, fmt.Errorf("the journal %s can't be made or opened: %w", path, err)
	}
	j := &Journal{path: path, end: end, flushed: time.Now()}
	if err := j.open(note); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

func (j *Journal) open(note *os.File) error {
	host, _ := os.Hostname() // only told
	err := note.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(note, "process %d on %s, since %s\n", os.Getpid(), host, time.Now().Format("2006-01-02 15:04:05"))
	}
	if err != nil {
		return fmt.Errorf("the journal %s: %w", j.path, err)
	}
	db, err := sql.Open("sqlite", "file:"+escape(j.path)+"?_pragma=synchronous(NORMAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	j.db = db
	var app, has int
	err = db.QueryRow("PRAGMA application_id").Scan(&app)
	if err == nil {
		err = db.QueryRow("PRAGMA user_version").Scan(&has)
	}
	var tables int
	if err == nil {
		err = db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%s is no journal of homeroom's, or it is damaged (%w); name another", j.path, err)
	case tables > 0 && app != application:
		return fmt.Errorf("%s is a database of another program; name another file for the journal", j.path)
	case has > version:
		return fmt.Errorf("the journal %s was written by a later version of homeroom; use that, or name another", j.path)
	}
	_, err = db.Exec("PRAGMA journal_mode = WAL;" + schema + fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", application, version))
	if err != nil {
		return fmt.Errorf("the journal %s can't be written: %w", j.path, err)
	}
	return nil
}

// escape writes a path as a part of a URI, as SQLite reads it.
func escape(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

// Close writes what waits and closes the journal. It does not say again what Add said.
func (j *Journal) Close() error {
	err := j.Flush()
	if j.told {
		err = nil
	}
	if j.db != nil {
		err = errors.Join(err, j.db.Close())
	}
	return errors.Join(err, j.end())
}

// Sum returns the SHA-256 that a file had when it was read last, if by size and time it is the same
// still.
func (j *Journal) Sum(f File) (sum [32]byte, ok bool) {
	var size, changed int64
	var has []byte
	err := j.db.QueryRow("SELECT size, changed, sum FROM files WHERE path = ?", []byte(f.Path)).Scan(&size, &changed, &has)
	if j.unread(err) || size != f.Size || changed != f.Changed.UnixNano() || len(has) != len(sum) {
		return sum, false
	}
	return [32]byte(has), true
}

// Answer returns what a photo was named.
func (j *Journal) Answer(k Key) (answer string, ok bool) {
	err := j.db.QueryRow("SELECT answer FROM answers WHERE sum = ? AND namer = ?", k.Sum[:], k.Namer).Scan(&answer)
	return answer, !j.unread(err)
}

// unread tells whether nothing was read. Where that is because the database is damaged, the next
// Add says so.
func (j *Journal) unread(err error) bool {
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		j.mutex.Lock()
		defer j.mutex.Unlock()
		if j.broken == nil {
			j.broken = fmt.Errorf("the journal %s can't be read: %w; name another", j.path, err)
		}
	}
	return err != nil
}

// Add writes down what a photo was named; file, where not nil, is where it lies. It may stay in
// memory for a second. An error is that of an earlier one, too.
func (j *Journal) Add(k Key, answer string, file *File) error {
	return j.add(entry{key: k, answer: answer, file: file})
}

func (j *Journal) add(e entry) error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.waiting = append(j.waiting, e)
	if len(j.waiting) >= flushCount || time.Since(j.flushed) >= flushEvery {
		j.flush()
	}
	j.told = j.told || j.broken != nil
	return j.broken
}

// Flush writes what waits.
func (j *Journal) Flush() error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.flush()
	return j.broken
}

func (j *Journal) flush() {
	if j.db == nil || len(j.waiting) == 0 || j.broken != nil {
		return
	}
	if err := j.write(); err != nil {
		j.broken = fmt.Errorf("the journal %s can't be written: %w", j.path, err)
	}
	j.waiting, j.flushed = j.waiting[:0], time.Now()
}

// write writes what waits, all or nothing.
func (j *Journal) write() error {
	tx, err := j.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect once it is committed
	for _, e := range j.waiting {
		if e.answer != "" {
			if _, err := tx.Exec("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", e.key.Sum[:], e.key.Namer, e.answer); err != nil {
				return err
			}
		}
		if e.seen != nil {
			if _, err := tx.Exec("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", e.key.Sum[:], e.key.Namer, e.seen); err != nil {
				return err
			}
		}
		if f := e.file; f != nil {
			if _, err := tx.Exec("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", []byte(f.Path), f.Size, f.Changed.UnixNano(), e.key.Sum[:]); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}
