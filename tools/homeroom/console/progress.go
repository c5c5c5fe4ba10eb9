package console

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Terminal returns what progress is shown on: f where it is a terminal, else nil.
func Terminal(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// Progress shows count, rate and time left of a work of many parts, where there is a terminal to
// show it on. What is printed to it comes out above.
type Progress struct {
	to    io.Writer
	mutex sync.Mutex
	bar   *progressbar.ProgressBar // nil where nothing is shown
}

// Progress begins a work of so many parts, which what names. Without a terminal nothing is shown.
func (con *Console) Progress(what string, all int) *Progress {
	p := &Progress{to: con.Err}
	if con.Terminal == nil || all < 2 {
		return p
	}
	p.bar = progressbar.NewOptions(all, progressbar.OptionSetWriter(con.Terminal), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("photos"), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(),
		progressbar.OptionThrottle(100*time.Millisecond))
	return p
}

// Write prints text above the bar.
func (p *Progress) Write(text []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear() // a bar that is not shown is no reason to stop
	}
	return p.to.Write(text)
}

// Done tells that one more part is done.
func (p *Progress) Done() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.bar != nil {
		_ = p.bar.Add(1)
	}
}

// End takes the bar away, whether all is done or not.
func (p *Progress) End() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
