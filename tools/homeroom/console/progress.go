package console

import (
	"bytes"
	"io"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
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
	io.Writer
	bars *mpb.Progress
	bar  *mpb.Bar
	once sync.Once
}

// Progress begins a work of so many parts, which what names. Without a terminal nothing is shown.
func (con *Console) Progress(what string, all int) *Progress {
	if con.Terminal == nil || all < 2 {
		return &Progress{Writer: con.Err}
	}
	bars := mpb.New(mpb.WithOutput(con.Terminal), mpb.WithAutoRefresh())
	bar := bars.AddBar(int64(all),
		mpb.PrependDecorators(decor.Name(what+" "), decor.CountersNoUnit("%d of %d")),
		mpb.AppendDecorators(decor.AverageSpeed(0, "%.1f/s "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")),
		mpb.BarRemoveOnComplete(),
	)
	return &Progress{Writer: &Screen{To: wholeLines{bars}}, bars: bars, bar: bar}
}

// wholeLines passes text on that ends in a line end, which bars want.
type wholeLines struct{ to io.Writer }

func (w wholeLines) Write(data []byte) (int, error) {
	if !bytes.HasSuffix(data, []byte("\n")) {
		data = append(bytes.Clone(data), '\n')
	}
	return w.to.Write(data)
}

// Done tells that one more part is done.
func (p *Progress) Done() {
	if p.bar != nil {
		p.bar.Increment()
	}
}

// End takes the bar away, whether all is done or not.
func (p *Progress) End() {
	p.once.Do(func() {
		if p.bar != nil {
			p.bar.Abort(true)
			p.bars.Wait()
		}
	})
}
