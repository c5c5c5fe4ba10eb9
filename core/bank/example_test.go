package bank_test

import (
	"fmt"

	"homeroom/core/bank"
	"homeroom/core/feature"
)

// Put two photos into a bank, of which one is a copy of the other under another class.
func Example() {
	var b bank.Builder
	if _, err := b.AddSpace(feature.Space{Network: "efficientnet-lite0", Size: 224}, 3); err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"mug", "plate"} {
		class, err := b.AddClass(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		photo := bank.Photo{Name: name + ".jpg", Class: class, Hash: bank.Hash{1}, Features: [][]float32{{1, 2, 3}}}
		if _, err := b.Add(photo); err != nil {
			fmt.Println(err)
			return
		}
	}
	photos := b.Bank()
	for _, two := range photos.Duplicates() {
		fmt.Printf("%s and %s: same file %v, classes differ %v\n", photos.Photo(two.A).Name, photos.Photo(two.B).Name, two.Same, two.Classes)
	}
	// Output: mug.jpg and plate.jpg: same file true, classes differ true
}
