// Command wasi names photos by a pack or a project and prints the bits of every score. TestWASI
// builds it for wasip1.
//
//	wasi PACK PHOTO ...
package main

import (
	"fmt"
	"log"
	"math"
	"os"

	"homeroom/core/classifier"
)

func main() {
	c, err := classifier.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for _, path := range os.Args[2:] {
		file, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		a, err := c.ClassifyFile(file)
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range a.Results {
			fmt.Printf("%s %016x\n", r.Label, math.Float64bits(r.Score))
		}
	}
}
