package postlink

import "strings"

// What Go's WebAssembly ABI fixes (cmd/internal/obj/wasm): local 0 of a Go function is PC_B, the
// block to start with, local 1 a copy of the stack pointer; global 0 is the stack pointer, 1 the
// closure's context, 2 the goroutine.
const (
	localPC       = 0
	localSP       = 1
	globalSP      = 0
	globalContext = 1
	globalG       = 2
)

// linkerName is a Go symbol as the linker writes it into the name section: every byte that isn't a
// letter, digit, underscore or dot becomes an underscore.
func linkerName(symbol string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.':
			return r
		}
		return '_'
	}, symbol)
}

// InPackage reports whether a function of the name section belongs to the package.
func InPackage(name, pkg string) bool { return strings.HasPrefix(name, linkerName(pkg)+".") }

// neverReturns reports whether a runtime function raises a panic. The goroutine then goes on in a
// deferred call's frame or not at all, never behind the call.
func neverReturns(name string) bool {
	for _, prefix := range []string{"runtime.panic", "runtime.gopanic", "runtime.goPanic", "runtime.sigpanic", "runtime.throw", "runtime.fatal"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// takesArguments reports whether a runtime function raises a panic that is told of something, in
// the lowest bytes of its caller's frame.
func takesArguments(name string) bool {
	switch name {
	case "runtime.sigpanic", "runtime.panicdivide", "runtime.panicshift", "runtime.panicoverflow":
		return false
	}
	return neverReturns(name)
}

// growsStack reports whether a runtime function makes the stack larger and starts its caller again
// from the beginning.
func growsStack(name string) bool {
	return name == "runtime.morestack" || name == "runtime.morestack_noctxt"
}
