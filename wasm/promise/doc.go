// Package promise lets a goroutine wait for a JavaScript promise.
package promise
