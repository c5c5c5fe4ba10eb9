//go:build js && wasm

// Package codectest tests lists of messages.
package codectest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"homeroom/core/feature"
	"homeroom/wasm/codec"
)

// Messages sends every message of both sides with all fields full and with all empty, and then with
// each field left out, of another type, or a list that is longer than what is in it.
func Messages(t *testing.T, sides ...codec.Kinds) {
	for i, known := range sides {
		bothWays(t, known, sides[(i+1)%len(sides)])
		malformed(t, known)
	}
	longLists(t, sides...)
}

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
		if v.Type() != reflect.TypeFor[codec.Object]() {
			return
		}
		v.Set(reflect.ValueOf(codec.Of(objectOf(class, *n%256))))
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

// objectOf makes one of the browser's objects that holds so many numbers.
func objectOf(class string, n int) js.Value {
	switch class {
	case "Uint8Array", "Uint8ClampedArray", "Float32Array", "ArrayBuffer":
		return js.Global().Get(class).New(n)
	case "Blob":
		return js.Global().Get(class).New([]any{js.Global().Get("Uint8Array").New(n)})
	}
	panic("an Object of the class " + strconv.Quote(class))
}

// plain says what a message holds, with the bytes of what is the browser's.
func plain(v reflect.Value, out *strings.Builder) {
	switch v.Kind() {
	case reflect.Pointer:
		if object, is := v.Interface().(codec.Object); is && object != nil {
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

// Posted is the object of a message of some kinds as it arrives on the other side, and how long it
// took to write it.
func Posted(message any, known ...codec.Kinds) (js.Value, time.Duration) {
	start := time.Now()
	object, transfer, err := codec.Encode(message, known...)
	if err != nil {
		panic(err)
	}
	took := time.Since(start)
	return js.Global().Call("structuredClone", object, map[string]any{"transfer": transfer}), took
}

func bothWays(t *testing.T, known, other codec.Kinds) {
	for kind, typ := range known {
		for _, full := range []bool{true, false} {
			message := reflect.New(typ).Elem()
			if n := 0; full {
				fill(message, &n, "")
			} else if space := message.FieldByName("Space"); space.IsValid() && space.Type() == reflect.TypeFor[feature.Space]() {
				fill(space, &n, "") // none is none
			}
			want := said(message.Interface())
			object, _ := Posted(message.Interface(), known)
			if _, err := codec.Decode(object, other); err == nil {
				t.Errorf("%s was taken on the wrong side", kind)
			}
			got, err := codec.Decode(object, known)
			if err != nil {
				t.Errorf("%s, full %v: %v", kind, full, err)
				continue
			}
			if text := said(got); text != want {
				t.Errorf("%s came as\n%s\nwas\n%s", kind, text, want)
			}
		}
	}
}

func malformed(t *testing.T, known codec.Kinds) {
	eachField(known, func(kind string, object js.Value, name string) {
		for what, value := range map[string]any{"nothing": js.Undefined(), "another object": map[string]any{}, "a symbol": js.Global().Call("Symbol"), "a broken text": "{", "no number": js.Global().Get("NaN")} {
			if what == "a broken text" && object.Get(name).Type() == js.TypeString || what == "no number" && object.Get(name).Type() == js.TypeNumber {
				continue
			}
			bad := js.Global().Get("Object").Call("assign", map[string]any{}, object)
			bad.Set(name, value)
			if got, err := codec.Decode(bad, known); err == nil {
				t.Errorf("%s with %s for %s was taken as %+v", kind, what, name, got)
			} else if !strings.Contains(err.Error(), name) && name != "kind" {
				t.Errorf("%s with %s for %s: the error %q does not name it", kind, what, name, err)
			}
		}
	})
	for _, object := range []any{7, "text", nil, js.Undefined(), map[string]any{}, map[string]any{"kind": 3}, map[string]any{"kind": "nothing known"}} {
		if got, err := codec.Decode(js.ValueOf(object), known); err == nil {
			t.Errorf("%v was taken as %+v", object, got)
		}
	}
}

// eachField calls do with each message of a side, filled and written, and the name of each field.
func eachField(known codec.Kinds, do func(kind string, object js.Value, name string)) {
	for kind, typ := range known {
		message, n := reflect.New(typ).Elem(), 0
		fill(message, &n, "")
		object, _, _ := codec.Encode(message.Interface(), known)
		names := js.Global().Get("Object").Call("keys", object)
		for i := range names.Length() {
			do(kind, object, names.Index(i).String())
		}
	}
}

// A list's length is only what it says, and room for it is made as it is read.
func longLists(t *testing.T, sides ...codec.Kinds) {
	seen := 0
	for _, known := range sides {
		eachField(known, func(kind string, object js.Value, name string) {
			if !object.Get(name).InstanceOf(js.Global().Get("Array")) {
				return
			}
			seen++
			bad := js.Global().Get("Object").Call("assign", map[string]any{}, object)
			bad.Set(name, js.Global().Get("Array").New(1<<32-1))
			if got, err := codec.Decode(bad, known); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s with a list of nothing for %s is %T, %v", kind, name, got, err)
			}
		})
	}
	if seen == 0 {
		t.Error("no message has a list")
	}
}
