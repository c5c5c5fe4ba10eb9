package export

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"hash/crc32"
	"io"
	"strings"

	flatbuffers "github.com/google/flatbuffers/go"
)

// Slots and numbers of the metadata's schema (metadata_schema.fbs, file identifier M001).
const (
	metaName, metaDescription, metaVersion, metaGraphs, metaFiles, metaParser, metaSlots = 0, 1, 2, 3, 6, 7, 8
	metaInputs, metaOutputs, metaGraphSlots                                              = 2, 3, 10
	metaContent, metaUnits, metaStats, metaTensorFiles, metaTensorSlots                  = 3, 4, 5, 6, 7
	metaFeature, metaImage, metaRGB, metaNormalisation, metaAxisLabels                   = 1, 2, 1, 1, 2
)

// Files behind the model, read as those of a zip.
const (
	labelFile = "labels.txt"
	cardFile  = "homeroom.json"
)

// metadata describes inputs and outputs.
func (t *tflite) metadata(c *Classifier) ([]byte, error) {
	b := flatbuffers.NewBuilder(1 << 10)
	file := func(name, description string, kind int8) flatbuffers.UOffsetT {
		return tables(b, table(b, 5, option{0, b.CreateString(name)}, option{1, b.CreateString(description)}, option{2, kind}))
	}
	describe := func(name, description string, kind byte, low, high float32, files flatbuffers.UOffsetT) flatbuffers.UOffsetT {
		var colours int8
		var units flatbuffers.UOffsetT
		if kind == metaImage {
			colours = metaRGB
			options := table(b, 2, option{0, floatVector(b, 0)}, option{1, floatVector(b, 1)}) // mean and deviation
			units = tables(b, table(b, 2, option{0, byte(metaNormalisation)}, option{1, options}))
		}
		content := table(b, 3, option{0, kind}, option{1, table(b, 2, option{0, colours})})
		stats := table(b, 2, option{0, floatVector(b, high)}, option{1, floatVector(b, low)})
		return table(b, metaTensorSlots, option{metaName, b.CreateString(name)}, option{metaDescription, b.CreateString(description)}, option{metaContent, content},
			option{metaUnits, units}, option{metaStats, stats}, option{metaTensorFiles, files})
	}
	input := describe("image", "A photo, cut to a square: levels from 0 to 255, red first.", metaImage, 0, 255, 0)
	var outputs []flatbuffers.UOffsetT
	for _, at := range t.outputs {
		switch name := t.tensors[at].name; name {
		case Probabilities:
			labels := file(labelFile, "Names of the classes, one a line.", metaAxisLabels)
			outputs = append(outputs, describe(name, "Of each class; they add up to 1.", metaFeature, 0, 1, labels))
		case Strangeness:
			outputs = append(outputs, describe(name, "Above 1 the photo shows none of the classes.", metaFeature, 0, 2, 0))
		default:
			outputs = append(outputs, describe(name, "What the network sees in the photo.", metaFeature, 0, 1, 0))
		}
	}
	graph := table(b, metaGraphSlots, option{metaInputs, tables(b, input)}, option{metaOutputs, tables(b, outputs...)})
	b.FinishWithFileIdentifier(table(b, metaSlots,
		option{metaName, b.CreateString(c.Name)}, option{metaDescription, b.CreateString("Image classifier written by Homeroom.")}, option{metaVersion, b.CreateString("1")},
		option{metaGraphs, tables(b, graph)}, option{metaFiles, file(cardFile, "How a photo becomes an input and an output an answer.", 0)}, option{metaParser, b.CreateString("1.0.0")}), []byte("M001"))
	return b.FinishedBytes(), nil
}

// TFLiteCard is the card with what the readers of the format do of their own accord.
func (c *Classifier) TFLiteCard() Card {
	card := c.Card()
	for _, in := range card.Inputs {
		if !in.Squash || in.Resize != in.Size {
			card.Notes = append(card.Notes, "MediaPipe's image classifier resizes both sides of a photo to the input, whatever its proportions, and cuts nothing; "+
				"for the answers that Homeroom gives, resize and cut the photo as the inputs say before it gets it")
		}
	}
	if c.Unknown() {
		card.Notes = append(card.Notes, `MediaPipe's image classifier and Frigate pass over the answer "unknown" and always name one of the classes; a LiteRT interpreter gives it, as the output `+Strangeness)
	}
	return card
}

// appendFiles writes labels and card as a zip behind a model of n bytes. Its readers want the files
// stored as they are.
func appendFiles(w io.Writer, n int, c *Classifier) error {
	card, err := json.Marshal(c.TFLiteCard())
	if err != nil {
		return err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.SetOffset(int64(n))
	files := [][2]string{{cardFile, string(card)}}
	if len(c.Labels) > 0 {
		files = append(files, [2]string{labelFile, strings.TrimSuffix(lines(c.Labels), "\n")})
	}
	for _, f := range files {
		size := uint64(len(f[1]))
		e, err := z.CreateRaw(&zip.FileHeader{
			Name: f[0], Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(f[1])), CompressedSize64: size, UncompressedSize64: size,
		})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(e, f[1]); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}
