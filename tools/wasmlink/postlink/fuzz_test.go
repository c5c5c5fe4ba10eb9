package postlink

import (
	"testing"

	. "homeroom/tools/wasmlink/wasmbin"
)

// FuzzRewrite: what is done to a valid function leaves a valid function, whatever it is.
func FuzzRewrite(f *testing.F) {
	add := func(code string) {
		m := testModule("runtime.sigpanic")
		m.AddFunc(testFunc(f, code))
		f.Add(m.Encode())
	}
	add("i32.const 0; end")
	add(goFrame("local.get 1; local.get 4; v128.store offset=16; local.get 1; v128.load offset=16; local.set 5"))
	add(goFrame("local.get 2; i64.const 4; i64.add; i32.wrap_i64; f32.load; f32x4.splat; local.tee 4; local.get 5; f32x4.mul; local.set 6; nop; " +
		"local.get 5; local.get 6; f32x4.sub; local.set 7; local.get 6; local.set 4"))
	add("global.get 0; local.set 1; block; loop; block; block; block; block; local.get 0; br_table 0 1 2 3; end; " +
		"i32.const 2; local.set 0; br 3; end; local.get 2; i64.eqz; if; local.get 1; i32.const 8; i32.sub; local.tee 1; global.set 0; " +
		"local.get 1; i64.const 268435457; i64.store; i32.const 0; call 0; global.get 0; local.set 1; br_if 4; end; end; " +
		"local.get 2; i64.eqz; i32.eqz; if; i32.const 1; local.set 0; br 2; end; end; i32.const 0; return; end; unreachable; end; i32.const 1; end")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		m, err := Decode(data)
		if err != nil || len(m.Globals) < 3 {
			return
		}
		m.NameFunc(m.ImportedFuncs(), "runtime.sigpanic")
		for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
			fn, err := m.Func(i)
			if err != nil {
				t.Fatal(err)
			}
			if fn.NumLocals() > 1000 || m.ValidateFunc(fn) != nil {
				continue
			}
			if _, err := rewrite(m, i, true); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Decode(m.Encode()); err != nil {
			t.Fatal(err)
		}
	})
}
