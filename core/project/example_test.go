package project_test

import (
	"fmt"
	"time"

	"homeroom/core/project"
)

// Classes and photos, an edit and its undoing, and the records that a project is kept as.
func Example() {
	p := project.New("p1", "Kitchen", time.Unix(0, 0))
	edit, err := p.AddClasses([]string{"mug", "plate"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(p.Classes), "classes after", edit.What)

	photo, err := p.NewPhoto("mug-1.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	p.AddPhotos(p.ClassNamed("mug").ID, []*project.Photo{photo})
	p.MovePhotos([]int{photo.ID}, p.ClassNamed("plate").ID)
	fmt.Println(len(p.Members(p.ClassNamed("plate").ID)), "photo of a plate")
	p.Undo()
	fmt.Println(len(p.Members(p.ClassNamed("mug").ID)), "photo of a mug")

	again, gone, err := project.Decode(p.Encode(time.Unix(1, 0)), []*project.Photo{photo}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Name, again.Count(), len(gone))
	// Output:
	// 2 classes after added-classes
	// 1 photo of a plate
	// 1 photo of a mug
	// Kitchen 1 0
}
