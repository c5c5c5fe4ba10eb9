package checkpoint_test

import (
	"bytes"
	"fmt"

	"homeroom/tools/checkpoint"
)

func ExampleOpen() {
	c, err := checkpoint.Open("testdata/wrapped_deep.zip.pt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	fmt.Println(c.Format, c.Meta["arch"], "epoch", c.Meta["epoch"])
	for _, t := range c.Tensors {
		fmt.Println(t.Name, t.DType, t.Dims)
	}
	bias, err := c.Tensor("conv.bias").Floats()
	fmt.Println(bias, err)
	// Output:
	// pytorch resnet18 epoch 12
	// conv.weight float32 [2 1 3 3]
	// conv.bias float32 [2]
	// [-1 -0.75] <nil>
}

// A pickle that would run a command is refused by the name of what it would call.
func ExampleRead() {
	hostile := []byte("\x80\x02cposix\nsystem\n\x8c\x08rm -rf ~\x85R.")
	_, err := checkpoint.Read("weights.pt", bytes.NewReader(hostile), int64(len(hostile)))
	fmt.Println(err)
	// Output:
	// weights.pt: the pickle wants to import posix.system, which no checkpoint needs (at byte 2); nothing was run. Save the weights alone, as torch.save(model.state_dict(), …) or safetensors do
}

// A network that was pickled as a whole keeps its modules' classes and attributes.
func ExampleModule() {
	c, err := checkpoint.Open("testdata/module.zip.pt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	for _, m := range c.Modules[:3] {
		fmt.Printf("%q %s %v\n", m.Name, m.Class, m.Attributes["stride"])
	}
	// Output:
	// "" torch.nn.modules.container.Sequential <nil>
	// "conv" torch.nn.modules.conv.Conv2d [2 2]
	// "bn" torch.nn.modules.batchnorm.BatchNorm2d <nil>
}
