//go:build js && wasm

package protocol

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"homeroom/core/feature"
	"homeroom/core/training"
)

// fill gives every field of a message something else, so that what is lost or mixed up shows. What
// holds its own kind again, as a folder's entries do, holds none further in; within are the slices
// that v is in. An Object is of the class.
func fill(v reflect.Value, n *int, class string, within ...reflect.Type) {
	*n++
	if space, is := v.Addr().Interface().(*feature.Space); is {
		*space = feature.Space{Network: fmt.Sprint("net@", *n), Size: *n, View: feature.Flip}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(*n))
	case reflect.Float64, reflect.Float32:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Pointer:
		if v.Type() != reflect.TypeFor[Object]() {
			return
		}
		v.Set(reflect.ValueOf(Of(objectOf(class, *n%256))))
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				fill(v.Field(i), n, f.Tag.Get("is"), within...)
			}
		}
	case reflect.Slice:
		if slices.Contains(within, v.Type()) {
			return
		}
		within = append(slices.Clone(within), v.Type())
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n, class, within...)
		fill(v.Index(1), n, class, within...)
	}
}

// objectOf makes one of the browser's objects that holds so many bytes.
func objectOf(class string, bytes int) js.Value {
	switch class {
	case "Uint8Array", "Uint8ClampedArray", "ArrayBuffer":
		return js.Global().Get(class).New(bytes)
	case "Blob":
		return js.Global().Get(class).New([]any{js.Global().Get("Uint8Array").New(bytes)})
	}
	panic("an Object of the class " + strconv.Quote(class))
}

// plain says what a message holds, with the bytes of what is the browser's.
func plain(v reflect.Value, out *strings.Builder) {
	switch v.Kind() {
	case reflect.Pointer:
		if object, is := v.Interface().(Object); is && object != nil {
			size := object.Value.Get("byteLength")
			if size.IsUndefined() {
				size = object.Value.Get("size")
			}
			fmt.Fprint(out, "object ", size.Int(), "; ")
			return
		}
		fmt.Fprint(out, "none; ")
	case reflect.Struct:
		for i := range v.NumField() {
			plain(v.Field(i), out)
		}
	case reflect.Slice:
		for i := range v.Len() {
			plain(v.Index(i), out)
		}
		fmt.Fprint(out, "end; ")
	case reflect.Func:
	default:
		fmt.Fprint(out, v, "; ")
	}
}

func said(message any) string {
	var out strings.Builder
	plain(reflect.ValueOf(message), &out)
	return out.String()
}

// posted is an object as it arrives on the other side.
func posted(message any) (js.Value, time.Duration) {
	start := time.Now()
	object, transfer, err := Encode(message)
	if err != nil {
		panic(err)
	}
	took := time.Since(start)
	return js.Global().Call("structuredClone", object, map[string]any{"transfer": transfer}), took
}

// TestPackStaysWithItsSender sends a pack twice: a pool has several workers.
func TestPackStaysWithItsSender(t *testing.T) {
	open := Open{Name: "net", Pack: Of(js.Global().Get("Uint8Array").New(5))}
	for range 2 {
		object, _ := posted(open)
		if n := object.Get("pack").Length(); n != 5 {
			t.Fatalf("%d bytes of the pack came, not 5", n)
		}
	}
}

// TestEveryMessageGoesBothWays sends every message with all fields full and with all empty.
func TestEveryMessageGoesBothWays(t *testing.T) {
	for _, side := range []struct {
		known  kinds
		decode func(js.Value) (any, error)
		other  func(js.Value) (any, error)
	}{{toWorker, ForWorker, ForPage}, {toPage, ForPage, ForWorker}} {
		for kind, typ := range side.known {
			for _, full := range []bool{true, false} {
				message := reflect.New(typ).Elem()
				if n := 0; full {
					fill(message, &n, "")
				} else if space := message.FieldByName("Space"); space.IsValid() && space.Type() == reflect.TypeFor[feature.Space]() {
					fill(space, &n, "") // none is none
				}
				want := said(message.Interface())
				object, _ := posted(message.Interface())
				got, err := side.decode(object)
				if err != nil {
					t.Errorf("%s, full %v: %v", kind, full, err)
					continue
				}
				if text := said(got); text != want {
					t.Errorf("%s came as\n%s\nwas\n%s", kind, text, want)
				}
				if _, err := side.other(object); err == nil {
					t.Errorf("%s was taken on the wrong side", kind)
				}
			}
		}
	}
}

// TestMalformedMessagesAreErrors leaves out each field of each message, and gives it another type.
func TestMalformedMessagesAreErrors(t *testing.T) {
	for _, side := range []struct {
		known  kinds
		decode func(js.Value) (any, error)
	}{{toWorker, ForWorker}, {toPage, ForPage}} {
		eachField(side.known, func(kind string, object js.Value, name string) {
			for what, value := range map[string]any{"nothing": js.Undefined(), "another object": map[string]any{}, "a symbol": js.Global().Call("Symbol"), "a broken text": "{", "no number": js.Global().Get("NaN")} {
				if what == "a broken text" && object.Get(name).Type() == js.TypeString || what == "no number" && object.Get(name).Type() == js.TypeNumber {
					continue
				}
				bad := js.Global().Get("Object").Call("assign", map[string]any{}, object)
				bad.Set(name, value)
				if got, err := side.decode(bad); err == nil {
					t.Errorf("%s with %s for %s was taken as %+v", kind, what, name, got)
				} else if !strings.Contains(err.Error(), name) && name != "kind" {
					t.Errorf("%s with %s for %s: the error %q does not name it", kind, what, name, err)
				}
			}
		})
		for _, object := range []any{7, "text", nil, js.Undefined(), map[string]any{}, map[string]any{"kind": 3}, map[string]any{"kind": "nothing known"}} {
			if got, err := side.decode(js.ValueOf(object)); err == nil {
				t.Errorf("%v was taken as %+v", object, got)
			}
		}
	}
}

// eachField calls do with each message of a side, filled and written, and the name of each field.
func eachField(known kinds, do func(kind string, object js.Value, name string)) {
	for kind, typ := range known {
		message, n := reflect.New(typ).Elem(), 0
		fill(message, &n, "")
		object, _, _ := Encode(message.Interface())
		names := js.Global().Get("Object").Call("keys", object)
		for i := range names.Length() {
			do(kind, object, names.Index(i).String())
		}
	}
}

// TestLongListsOfNothing: a list's length is only what it says, and room for it is made as it is
// read.
func TestLongListsOfNothing(t *testing.T) {
	for _, side := range []struct {
		known  kinds
		decode func(js.Value) (any, error)
	}{{toWorker, ForWorker}, {toPage, ForPage}} {
		seen := 0
		eachField(side.known, func(kind string, object js.Value, name string) {
			if !object.Get(name).InstanceOf(js.Global().Get("Array")) {
				return
			}
			seen++
			bad := js.Global().Get("Object").Call("assign", map[string]any{}, object)
			bad.Set(name, js.Global().Get("Array").New(1<<32-1))
			if got, err := side.decode(bad); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s with a list of nothing for %s is %T, %v", kind, name, got, err)
			}
		})
		if seen == 0 {
			t.Error("no message has a list")
		}
	}
}

// TestWhatIsTransferredIsGone: features are handed over, not copied.
func TestWhatIsTransferredIsGone(t *testing.T) {
	buffer := js.Global().Get("ArrayBuffer").New(16)
	picture := js.Global().Get("Uint8ClampedArray").New(8)
	posted(Features{Vectors: []Object{Of(buffer)}})
	posted(Ask{Frame: Of(picture)})
	if n, m := buffer.Get("byteLength").Int(), picture.Get("length").Int(); n != 0 || m != 0 {
		t.Errorf("%d and %d bytes are still here", n, m)
	}
}

// TestWhatCannotBeSentIsAnError: JSON has no figure that is none.
func TestWhatCannotBeSentIsAnError(t *testing.T) {
	if _, _, err := Encode(Progress{Progress: training.Progress{Loss: math.NaN()}}); err == nil || !strings.Contains(err.Error(), "progress") {
		t.Errorf("the error is %v", err)
	}
}

// TestWhatIsNoMessageCannotBeSent, and nothing panics.
func TestWhatIsNoMessageCannotBeSent(t *testing.T) {
	type Open struct{ Name string } // which only looks like one
	for _, message := range []any{nil, 7, "text", Open{}, &Stop{}, struct{}{}, Seen{}} {
		if _, _, err := Encode(message); err == nil {
			t.Errorf("%T was taken for a message", message)
		}
	}
}

// TestInbox: what the browser cannot hand over comes as an error, in its turn, as does what is
// malformed.
func TestInbox(t *testing.T) {
	self := js.Global().Get("EventTarget").New()
	self.Set("hear", js.Global().Call("eval", "(function (event, heard) { this.addEventListener(event, ({ data }) => heard(data)); })"))
	send := func(event string, data js.Value) {
		e := js.Global().Get("Event").New(event)
		e.Set("data", data)
		self.Call("dispatchEvent", e)
	}
	inbox := Inbox(self)
	object, _ := posted(Forget{ID: 3})
	send("message", object)
	send("messageerror", js.Null())
	send("message", js.ValueOf("text"))
	send("message", object)
	var got []string
	for message, err := range inbox {
		got = append(got, fmt.Sprint(message, err))
		if len(got) == 4 {
			break
		}
	}
	want := []string{"{3} <nil>", "<nil> a message that the browser could not hand over", "<nil> a message that is no object but string", "{3} <nil>"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d came as %q, want %q", i, got[i], want[i])
		}
	}
}

// TestSpeed prints what a message costs.
func TestSpeed(t *testing.T) {
	message := Named{Seen: Seen{Width: 4000, Height: 3000}, Results: make([]Result, 5)}
	var encode, decode time.Duration
	const times = 2000
	for range times {
		object, took := posted(message)
		start := time.Now()
		if _, err := ForPage(object); err != nil {
			t.Fatal(err)
		}
		encode, decode = encode+took, decode+time.Since(start)
	}
	t.Logf("Named is encoded in %v and decoded in %v", encode/times, decode/times)
}
