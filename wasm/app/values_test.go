//go:build !js

package app

import (
	"reflect"
	"testing"
	"unsafe"

	"homeroom/wasm/markup"
)

// notOurs are functions that types of others have room for, and what holds them right here.
var notOurs = map[string]string{
	"training.Config.Progress": "it is the worker's; here there is none",
	"markup.Handler.Make":      "a card is kept as it was described last, so as not to describe thousands anew; what its handlers make is an event and nothing else",
}

// TestStateIsValues: nothing in the state is a function or a channel, by its types and, where those
// say only an interface, by what is there once a project is taught and photos are named. A function
// that were kept there could hold on to what is of another project, and no test could read it.
func TestStateIsValues(t *testing.T) {
	w := taught(t, 3)
	w.tab("try")
	s := reflect.ValueOf(w.state).Elem()
	types := map[reflect.Type]bool{}
	typesOf(t, "State", s.Type(), types)
	parts := partsOf(t, "State", s, types, map[unsafe.Pointer]bool{})
	if len(types) < 100 || parts < 1000 {
		t.Fatalf("%d types and %d parts were seen", len(types), parts)
	}
}

// typesOf sees all types of what a value of one can hold.
func typesOf(t *testing.T, path string, of reflect.Type, seen map[reflect.Type]bool) {
	if seen[of] || of.PkgPath() == "sync/atomic" {
		return
	}
	seen[of] = true
	switch of.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		t.Errorf("%s is of the type %s", path, of)
	case reflect.Struct:
		for i := range of.NumField() {
			if f := of.Field(i); notOurs[of.String()+"."+f.Name] == "" {
				typesOf(t, path+"."+f.Name, f.Type, seen)
			}
		}
	case reflect.Map:
		typesOf(t, path+" by", of.Key(), seen)
		typesOf(t, path+"[]", of.Elem(), seen)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		typesOf(t, path+"[]", of.Elem(), seen)
	}
}

// partsOf sees the types of what is in interfaces, and counts what there is.
func partsOf(t *testing.T, path string, v reflect.Value, types map[reflect.Type]bool, seen map[unsafe.Pointer]bool) int {
	n := 1
	switch v.Kind() {
	case reflect.Func:
		if !v.IsNil() {
			t.Errorf("%s has a function", path)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[markup.Handler]() {
			break
		}
		for i := range v.NumField() {
			n += partsOf(t, path+"."+v.Type().Field(i).Name, v.Field(i), types, seen)
		}
	case reflect.Interface:
		if !v.IsNil() {
			typesOf(t, path, v.Elem().Type(), types)
			n += partsOf(t, path, v.Elem(), types, seen)
		}
	case reflect.Map:
		for all := v.MapRange(); all.Next(); {
			n += partsOf(t, path+" by", all.Key(), types, seen) + partsOf(t, path+"[]", all.Value(), types, seen)
		}
	case reflect.Pointer:
		if p := v.UnsafePointer(); p != nil && !seen[p] {
			seen[p] = true
			n += partsOf(t, path, v.Elem(), types, seen)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			n += partsOf(t, path+"[]", v.Index(i), types, seen)
		}
	}
	return n
}
