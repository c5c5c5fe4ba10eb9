// Package unused has a function that only its initialiser leads to.
package unused

import "os"

// Ways are filled as the program starts, and nothing reads them.
var Ways []func(int) int

func init() { Ways = append(Ways, way) }

func way(n int) int { return n * len(os.Args) }
