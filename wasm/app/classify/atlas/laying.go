package atlas

import (
	"encoding/binary"
	"math"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// laying finds out where photos lie: in a worker of its own, which is ended once it is done, or
// when a person no longer waits.
type laying struct {
	pool    *pool.Pool
	ask     pool.Question
	at      map[int]spot
	by      string // by what the photos were looked at that lie there
	sent    []Photo
	sentBy  string
	began   time.Time
	share   float64
	heard   time.Time // of it
	why     string    // it could not be found out
	stopped bool      // a person does not wait
}

// mostLaid is how many photos are laid out.
const mostLaid = 20_000

// lay has photos laid out that were looked at by something, where some of them do not lie there
// yet; whole says that no more are to come for now.
func (l *laying) lay(t *outside.Turn, photos []Photo, by string, whole bool) {
	if l.why != "" || l.stopped || !whole {
		return
	}
	var list []Photo
	fresh := l.by != by
	for _, p := range photos {
		if p.Vector == nil || len(list) == mostLaid {
			continue
		}
		if _, lies := l.at[p.ID]; !lies {
			fresh = true
		}
		list = append(list, p)
	}
	if !fresh || len(list) == 0 {
		return
	}
	if l.ask.Open { // for these?
		if l.sentBy == by && len(l.sent) == len(list) && l.sent[len(list)-1].ID == list[len(list)-1].ID {
			return
		}
		l.end(t)
	}
	l.sent, l.sentBy, l.began, l.share = list, by, t.Now, 0
	l.ask.Ask()
	l.hand(t)
}

// hand gives the worker the question, once it runs.
func (l *laying) hand(t *outside.Turn) {
	if !l.ask.Due {
		return
	}
	if l.pool == nil {
		l.pool = pool.NewLearning(t)
	}
	w := l.pool.Idle()
	if w == nil {
		return
	}
	m := protocol.Map{Job: l.ask.Job(t), Vectors: make([]protocol.Object, len(l.sent))}
	for i, p := range l.sent {
		m.Vectors[i] = p.Vector
	}
	l.pool.Hand(t, w, m)
}

// end ends the worker.
func (l *laying) end(t *outside.Turn) {
	l.pool.Close(t)
	l.pool = nil
	l.ask.Drop()
}

func (l *laying) stop(t *outside.Turn) {
	l.end(t)
	l.stopped = true
}

func (l *laying) again() { l.stopped, l.why = false, "" }

// receive takes what workers tell, and tells whether it was of this one.
func (l *laying) receive(t *outside.Turn, e any) bool {
	told, own := l.pool.Hear(t, e)
	if own {
		l.hear(t, told)
	}
	return own
}

func (l *laying) hear(t *outside.Turn, list []any) {
	for _, told := range list {
		switch m := told.(type) {
		case pool.Progress:
			l.share, l.heard = m.Progress.Share, t.Now
			t.Soon()
		case pool.Refused:
			l.end(t)
			l.why = m.Why
			t.Soon()
		default:
			message, why, own := l.ask.Hear(told)
			if !own {
				break
			}
			t.Soon()
			if why != "" {
				l.end(t)
				l.why = why
			}
			if mapped, is := message.(protocol.Mapped); is {
				l.take(t, mapped.Points)
				l.end(t)
			}
		}
	}
	l.hand(t)
}

// take takes where photos lie.
func (l *laying) take(t *outside.Turn, points []byte) {
	if len(points) != 8*len(l.sent) {
		l.why = text.Say("the engine laid out other photos than it was asked to")
		return
	}
	l.at, l.by = make(map[int]spot, len(l.sent)), l.sentBy
	for i, p := range l.sent {
		at := spot{float64(math.Float32frombits(binary.LittleEndian.Uint32(points[8*i:]))), float64(math.Float32frombits(binary.LittleEndian.Uint32(points[8*i+4:])))}
		if at.x >= -2 && at.x <= 2 && at.y >= -2 && at.y <= 2 {
			l.at[p.ID] = at
		}
	}
	t.Say(text.Say("The map shows {1|# photo|# photos}.", len(l.at)))
}

// says is how far it is, "" where nothing is under way.
func (l *laying) says() string {
	if !l.ask.Open {
		return ""
	}
	line := text.Say("Laying out {1|# photo|# photos}", len(l.sent))
	if took := l.heard.Sub(l.began); took > time.Second && l.share > 0.02 {
		line += " · " + text.Say("{1} left", words.Roughly(time.Duration(float64(took)*(1-l.share)/l.share)))
	}
	return line
}
