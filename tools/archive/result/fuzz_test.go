package result

import (
	"reflect"
	"testing"
)

// FuzzRestore reads any answer of a journal: what is taken is kept as the same again.
func FuzzRestore(f *testing.F) {
	f.Add(`{"top":2,"width":3,"height":4,"results":[{"index":1,"label":"koala","score":0.5}],"taken":5,"zoned":true}`, 2)
	f.Add(`{"error":"it is no picture"}`, 5)
	f.Add(`{"top":1,"taught":true,"unknown":true,"strangeness":1.5}`, 1)
	f.Fuzz(func(t *testing.T, text string, top int) {
		if top < 1 {
			return
		}
		r, ok := Restore(text, "a.jpg", top)
		if !ok {
			return
		}
		if len(r.Results) > top {
			t.Fatalf("%d names of %d", len(r.Results), top)
		}
		r.Best()
		r.Margin()
		again, err := r.Store(top)
		if err != nil {
			t.Fatal(err)
		}
		if same, ok := Restore(again, "a.jpg", top); !ok || len(r.Results) > 0 && !reflect.DeepEqual(same, r) {
			t.Fatalf("%+v comes back as %+v", r, same)
		}
	})
}
