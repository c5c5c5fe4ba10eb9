//go:build js && wasm

package codec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"syscall/js"

	"homeroom/core/feature"
)

// Encode makes the JavaScript object of a message of one of the kinds, and lists what of it is to
// be handed over and not copied. The error says what of it cannot be written as JSON, such as a
// figure that is no number, or that it is no message.
func Encode(message any, known ...Kinds) (object js.Value, transfer []any, err error) {
	v := reflect.ValueOf(message)
	if !v.IsValid() || !slices.ContainsFunc(known, func(k Kinds) bool { return k.has(v.Type()) }) {
		return js.Undefined(), nil, fmt.Errorf("%T is no message", message)
	}
	kind := small(v.Type().Name())
	e := encoder{}
	object = e.structure(v)
	object.Set("kind", kind)
	if e.err != nil {
		return js.Undefined(), nil, fmt.Errorf("the message %q: %w", kind, e.err)
	}
	return object, e.transfer, nil
}

type encoder struct {
	transfer []any
	err      error
}

func (e *encoder) structure(v reflect.Value) js.Value {
	object := js.Global().Get("Object").New()
	e.fields(v, object)
	return object
}

func (e *encoder) fields(v reflect.Value, object js.Value) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			e.fields(v.Field(i), object)
			continue
		}
		if f.Tag.Get("as") == "json" {
			text, err := json.Marshal(v.Field(i).Interface())
			if err != nil {
				e.err = fmt.Errorf("%s: %w", small(f.Name), err)
			}
			object.Set(small(f.Name), string(text))
			continue
		}
		value := e.value(v.Field(i))
		how, handed := f.Tag.Lookup("transfer")
		if how == "copy" && value.Truthy() {
			value = value.Call("slice")
		}
		object.Set(small(f.Name), value)
		if handed {
			e.hand(value)
		}
	}
}

// hand notes what is handed over: the value or its elements.
func (e *encoder) hand(value js.Value) {
	switch {
	case !value.Truthy():
	case value.InstanceOf(js.Global().Get("Array")):
		for i := range value.Length() {
			e.hand(value.Index(i))
		}
	default:
		if buffer := value.Get("buffer"); buffer.Truthy() {
			value = buffer
		}
		e.transfer = append(e.transfer, value)
	}
}

func (e *encoder) value(v reflect.Value) js.Value {
	if space, is := v.Interface().(feature.Space); is {
		return js.ValueOf(space.String())
	}
	switch v.Kind() {
	case reflect.String:
		return js.ValueOf(v.String())
	case reflect.Bool:
		return js.ValueOf(v.Bool())
	case reflect.Int, reflect.Int64:
		return js.ValueOf(int(v.Int()))
	case reflect.Uint64: // more than a number of JavaScript's holds
		return js.ValueOf(strconv.FormatUint(v.Uint(), 16))
	case reflect.Float64:
		return js.ValueOf(v.Float())
	case reflect.Pointer:
		return Value(v.Interface().(Object))
	case reflect.Struct:
		return e.structure(v)
	case reflect.Slice:
		array := js.Global().Get("Array").New(v.Len())
		for i := range v.Len() {
			array.SetIndex(i, e.value(v.Index(i)))
		}
		return array
	}
	panic("codec: no message may have a " + v.Type().String())
}

// Decode reads a message of one of the kinds, and takes out of the object what was handed over.
func Decode(object js.Value, known Kinds) (any, error) {
	if object.Type() != js.TypeObject {
		return nil, fmt.Errorf("a message that is no object but %s", object.Type())
	}
	kind := object.Get("kind")
	if kind.Type() != js.TypeString {
		return nil, fmt.Errorf("a message without a kind")
	}
	t, ok := known[kind.String()]
	if !ok {
		return nil, fmt.Errorf("a message of the unknown kind %q", kind.String())
	}
	v := reflect.New(t).Elem()
	if err := fields(object, v); err != nil {
		return nil, fmt.Errorf("the message %q: %w", kind.String(), err)
	}
	return v.Interface(), nil
}

func fields(object js.Value, v reflect.Value) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			if err := fields(object, v.Field(i)); err != nil {
				return err
			}
			continue
		}
		name := small(f.Name)
		value := object.Get(name)
		if f.Tag.Get("as") == "json" {
			if value.Type() != js.TypeString {
				return fmt.Errorf("%s is %s, not text", name, value.Type())
			}
			if err := json.Unmarshal([]byte(value.String()), v.Field(i).Addr().Interface()); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		if err := take(value, v.Field(i), f.Tag.Get("is")); err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
		// Go's own list of values holds the object for long. What may be large is not to stay with
		// it.
		if _, handed := f.Tag.Lookup("transfer"); handed {
			object.Set(name, js.Null())
		}
	}
	return nil
}

// take reads a value of JavaScript's into a field, which must be of its type; an Object must be of
// the class.
func take(value js.Value, v reflect.Value, class string) error {
	of := func(want js.Type) error {
		if value.Type() != want {
			return fmt.Errorf("is %s, not %s", value.Type(), want)
		}
		return nil
	}
	if space, is := v.Addr().Interface().(*feature.Space); is {
		if err := of(js.TypeString); err != nil {
			return err
		}
		in, err := feature.Parse(value.String())
		if err != nil {
			return fmt.Errorf("names no features: %w", err)
		}
		*space = in
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		if err := of(js.TypeString); err != nil {
			return err
		}
		v.SetString(value.String())
	case reflect.Bool:
		if err := of(js.TypeBoolean); err != nil {
			return err
		}
		v.SetBool(value.Bool())
	case reflect.Int, reflect.Int64:
		if err := of(js.TypeNumber); err != nil {
			return err
		}
		n := value.Float()
		if n != float64(int64(n)) {
			return fmt.Errorf("is %v, no whole number", n)
		}
		v.SetInt(int64(n))
	case reflect.Uint64:
		if err := of(js.TypeString); err != nil {
			return err
		}
		n, err := strconv.ParseUint(value.String(), 16, 64)
		if err != nil {
			return fmt.Errorf("is %q, no number", value.String())
		}
		v.SetUint(n)
	case reflect.Float64:
		if err := of(js.TypeNumber); err != nil {
			return err
		}
		v.SetFloat(value.Float())
	case reflect.Pointer:
		switch value.Type() {
		case js.TypeNull:
		case js.TypeObject:
			if !value.InstanceOf(js.Global().Get(class)) {
				return fmt.Errorf("is no %s", class)
			}
			v.Set(reflect.ValueOf(Of(value)))
		default:
			return fmt.Errorf("is %s, no %s", value.Type(), class)
		}
	case reflect.Struct:
		if err := of(js.TypeObject); err != nil {
			return err
		}
		return fields(value, v)
	case reflect.Slice:
		if value.Type() != js.TypeObject || !value.InstanceOf(js.Global().Get("Array")) {
			return fmt.Errorf("is %s, no list", value.Type())
		}
		n := value.Length()
		if n == 0 {
			return nil
		}
		for i := range n { // grown as it is read: a list may claim any length and have no elements
			v.Grow(1)
			v.SetLen(i + 1)
			if err := take(value.Index(i), v.Index(i), class); err != nil {
				return fmt.Errorf("[%d] %w", i, err)
			}
		}
	default:
		panic("codec: no message may have a " + v.Type().String())
	}
	return nil
}

// has tells whether values of a type are among the messages.
func (k Kinds) has(t reflect.Type) bool { return t.Name() != "" && k[small(t.Name())] == t }
