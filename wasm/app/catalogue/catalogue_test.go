package catalogue

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

const entry = `{"name":"n","title":"N","file":"n.pack","bytes":10,"sha256":"` +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" + `","classes":5,"sizes":[192,224],"preprocess":{"size":224},"licence":"L","source":"S"}`

func TestParse(t *testing.T) {
	// The second is for teaching alone, the first for naming alone.
	backbone := strings.Replace(entry, `"classes":5`, `"classes":0,"feature":8`, 1)
	list, teaching, err := Parse([]byte("[" + entry + "," + backbone + "]"))
	if err != nil || len(list) != 1 || list[0].Preprocess.Size != 224 || len(teaching) != 1 || teaching[0].Feature != 8 {
		t.Fatalf("%+v, %+v, %v", list, teaching, err)
	}
	for what, data := range map[string]string{
		"no list":         `7`,
		"nothing":         ``,
		"an empty list":   `[]`,
		"no name":         "[" + strings.Replace(entry, `"n"`, `""`, 1) + "]",
		"a path":          "[" + strings.Replace(entry, `n.pack`, `../n.pack`, 1) + "]",
		"another origin":  "[" + strings.Replace(entry, `n.pack`, `//evil.example`, 1) + "]",
		"a query":         "[" + strings.Replace(entry, `n.pack`, `n.pack?x`, 1) + "]",
		"no size":         "[" + strings.Replace(entry, `"bytes":10`, `"bytes":0`, 1) + "]",
		"a huge size":     "[" + strings.Replace(entry, `"bytes":10`, `"bytes":99999999999`, 1) + "]",
		"a bad sum":       "[" + strings.Replace(entry, `abcdef"`, `ABCDEF"`, 1) + "]",
		"no input size":   "[" + strings.Replace(entry, `:224`, `:0`, 1) + "]",
		"no classes":      "[" + strings.Replace(entry, `:5`, `:0`, 1) + "]",
		"an offer of 0":   "[" + strings.Replace(entry, `[192`, `[0`, 1) + "]",
		"text for a size": "[" + strings.Replace(entry, `:224`, `:"x"`, 1) + "]",
	} {
		if list, _, err := Parse([]byte(data)); err == nil {
			t.Errorf("%s was taken: %+v", what, list)
		}
	}
}

// TestWhatWentWrongIsTold: each way in which a pack does not come has its reason, and what to do.
func TestWhatWentWrongIsTold(t *testing.T) {
	n := Network{Name: "n", Title: "N", File: "n.pack", Bytes: 1000, SHA256: strings.Repeat("5", 64)}
	for _, c := range []struct {
		single bool
		got    outside.GotPack
		want   string
	}{
		{false, outside.GotPack{Wrong: true, Bytes: 1000}, "The network arrived damaged."},
		{true, outside.GotPack{Wrong: true, Bytes: 1000}, "The network in this file is damaged."},
		{false, outside.GotPack{Status: 404}, "The server answered 404 for weights/n.pack."},
		{true, outside.GotPack{Status: 404}, "it ends before weights/n.pack does"},
		{false, outside.GotPack{Bytes: 300}, "300 bytes of 1,000 came through"},
		{false, outside.GotPack{Error: "it is gone"}, "(it is gone)"},
	} {
		var numbers outside.Numbers
		turn := outside.NewTurn(time.Unix(9, 0), outside.Device{}, &numbers)
		l, f := &List{Single: c.single}, &Fetch{}
		f.Begin(turn, l, n, false)
		if is, _ := f.Got(turn, l, outside.GotPack{Ticket: -1}); is {
			t.Error("it takes what was not asked for here")
		}
		c.got.Ticket = turn.Effects[0].(outside.GetPack).Ticket
		f.tries = len(pauses)
		is, trouble := f.Got(turn, l, c.got)
		if !is || trouble == nil || f.Busy() || !strings.Contains(text.English.Words(trouble.Error()), c.want) || trouble.Do == "" || strings.Contains(trouble.Do, "has come is kept") && c.got.Bytes == 0 {
			t.Errorf("%+v: %v, %+v", c.got, is, trouble)
		}
	}
	if got := NoEngine("there is no memory"); !strings.Contains(text.English.Words(got.Error()), "There is no memory.") {
		t.Errorf("%s", got)
	}
}

// TestBrokenConnectionGoesOn: where more came before a connection broke the rest is asked for, also
// after Retry; where nothing more comes that is told once it was tried some times.
func TestBrokenConnectionGoesOn(t *testing.T) {
	n := Network{Name: "n", Title: "N", File: "n.pack", Bytes: 1000, SHA256: strings.Repeat("5", 64)}
	var numbers outside.Numbers
	now := time.Unix(9, 0)
	l, f := &List{}, &Fetch{}
	turn := outside.NewTurn(now, outside.Device{}, &numbers)
	f.Begin(turn, l, n, false)
	part := new(protocol.Handle)
	for _, c := range []struct {
		bytes int64
		pause time.Duration // until it is asked for again
		goes  bool
	}{
		{0, 1, true}, {0, 2, true}, {300, 0, true}, {300, 1, true}, {300, 2, true}, {300, 4, true}, {300, 0, false},
		{700, 0, true}, {200, 1, true}, {200, 2, true}, {200, 4, true}, {0, 0, false}, {600, 0, true},
	} {
		if !f.Busy() { // Retry
			f.Begin(turn, l, n, true)
		}
		asked := turn.Effects[len(turn.Effects)-1].(outside.GetPack)
		if asked.From != f.had || (asked.Part == nil) != (f.had == 0) {
			t.Fatalf("%+v: it asked for %+v", c, asked)
		}
		got := outside.GotPack{Ticket: asked.Ticket, Bytes: c.bytes, Error: "it broke"}
		if c.bytes > 0 {
			got.Part = part
		}
		is, trouble := f.Got(turn, l, got)
		if !is || f.Busy() != c.goes || (trouble == nil) != c.goes {
			t.Fatalf("%+v: %v, %+v", c, is, trouble)
		}
		if c.pause == 0 {
			continue
		}
		var wake outside.Wake
		f.Wake(&wake)
		effects := len(turn.Effects)
		if f.Tick(turn); !wake.At.Equal(turn.Now.Add(c.pause*time.Second)) || len(turn.Effects) != effects || f.ticket != 0 {
			t.Fatalf("%+v: it wants to go on at %v", c, wake.At)
		}
		turn.Now = wake.At
		if f.Tick(turn); f.ticket == 0 || !f.again.IsZero() {
			t.Fatalf("%+v: it does not go on", c)
		}
	}
	now = turn.Now
	turn = outside.NewTurn(now.Add(4*time.Second), outside.Device{}, &numbers)
	if f.Comes(turn, outside.Comes{Ticket: f.ticket, Bytes: 800}); !strings.HasSuffix(text.English.Words(f.Text), " left") || f.Part != 0.8 {
		t.Errorf("%q, %v", f.Text, f.Part)
	}
	if is, trouble := f.Got(turn, l, outside.GotPack{Ticket: f.ticket, Pack: part, Bytes: 1000}); !is || trouble != nil || f.arrived != nil || l.pack != part {
		t.Errorf("%v, %+v, %+v", is, trouble, f)
	}
}

func TestOffered(t *testing.T) {
	for _, c := range []struct {
		own, inUse int
		sizes      []int
		want       []int
	}{
		{224, 224, []int{224}, []int{224}},
		{224, 96, []int{192, 256}, []int{96, 192, 224, 256}},
		{224, 224, nil, []int{128, 160, 192, 224, 256, 288, 320, 384}},
		{240, 224, nil, []int{128, 160, 192, 224, 240, 256, 288, 320, 384}},
		{260, 500, nil, []int{128, 160, 192, 224, 256, 260, 288, 320, 384, 500}},
		{224, 96, nil, []int{96, 128, 160, 192, 224, 256, 288, 320, 384}},
	} {
		n := Network{Sizes: c.sizes}
		n.Preprocess.Size = c.own
		if got := n.Offered(c.inUse); !reflect.DeepEqual(got, c.want) {
			t.Errorf("offered(%d, %d) = %v, want %v", c.own, c.inUse, got, c.want)
		}
	}
}
