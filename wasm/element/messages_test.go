//go:build js && wasm

package main

import (
	"testing"

	"homeroom/wasm/codec/codectest"
)

func TestEveryMessage(t *testing.T) { codectest.Messages(t, toEngine, toPage) }
