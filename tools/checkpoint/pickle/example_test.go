package pickle_test

import (
	"fmt"
	"strings"

	"homeroom/tools/checkpoint/pickle"
)

func ExampleReader_Read() {
	onlyOrdered := func(g pickle.Global) pickle.Use {
		if g.String() == "collections.OrderedDict" {
			return pickle.Call
		}
		return pickle.Refuse
	}

	good := strings.NewReader("ccollections\nOrderedDict\n)R\x8c\x05epochK\x07s.")
	v, err := pickle.NewReader(good, good.Size()).Read(pickle.Options{Allow: onlyOrdered})
	if err != nil {
		fmt.Println(err)
		return
	}
	epoch, _ := v.(*pickle.Object).Items.Get("epoch")
	fmt.Println("epoch", epoch)

	bad := strings.NewReader("cos\nsystem\n\x8c\x09rm -rf ~/\x85R.")
	_, err = pickle.NewReader(bad, bad.Size()).Read(pickle.Options{Allow: onlyOrdered})
	fmt.Println(err)
	// Output:
	// epoch 7
	// the pickle wants to import os.system, which no checkpoint needs (at byte 0); nothing was run. Save the weights alone, as torch.save(model.state_dict(), …) or safetensors do
}
