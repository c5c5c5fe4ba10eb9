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
	one := func(o flatbuffers.UOffsetT) flatbuffers.UOffsetT {
		return b.CreateVectorOfTables([]flatbuffers.UOffsetT{o})
	}
	file := func(name, description string, kind int8) flatbuffers.UOffsetT {
		n, d := b.CreateString(name), b.CreateString(description)
		b.StartObject(5)
		b.PrependUOffsetTSlot(0, n, 0)
		b.PrependUOffsetTSlot(1, d, 0)
		b.PrependInt8Slot(2, kind, 0)
		return one(b.EndObject())
	}
	content := func(kind byte) flatbuffers.UOffsetT {
		b.StartObject(2)
		if kind == metaImage {
			b.PrependInt8Slot(0, metaRGB, 0)
		}
		properties := b.EndObject()
		b.StartObject(3)
		b.PrependByteSlot(0, kind, 0)
		b.PrependUOffsetTSlot(1, properties, 0)
		return b.EndObject()
	}
	describe := func(name, description string, kind byte, low, high float32, files flatbuffers.UOffsetT) flatbuffers.UOffsetT {
		n, d, inside := b.CreateString(name), b.CreateString(description), content(kind)
		var units flatbuffers.UOffsetT
		if kind == metaImage {
			mean, std := floatVector(b, []float32{0}), floatVector(b, []float32{1})
			b.StartObject(2)
			b.PrependUOffsetTSlot(0, mean, 0)
			b.PrependUOffsetTSlot(1, std, 0)
			options := b.EndObject()
			b.StartObject(2)
			b.PrependByteSlot(0, metaNormalisation, 0)
			b.PrependUOffsetTSlot(1, options, 0)
			units = one(b.EndObject())
		}
		most, least := floatVector(b, []float32{high}), floatVector(b, []float32{low})
		b.StartObject(2)
		b.PrependUOffsetTSlot(0, most, 0)
		b.PrependUOffsetTSlot(1, least, 0)
		stats := b.EndObject()
		b.StartObject(metaTensorSlots)
		b.PrependUOffsetTSlot(metaName, n, 0)
		b.PrependUOffsetTSlot(metaDescription, d, 0)
		b.PrependUOffsetTSlot(metaContent, inside, 0)
		b.PrependUOffsetTSlot(metaUnits, units, 0)
		b.PrependUOffsetTSlot(metaStats, stats, 0)
		b.PrependUOffsetTSlot(metaTensorFiles, files, 0)
		return b.EndObject()
	}
	input := one(describe("image", "A photo, cut to a square: levels from 0 to 255, red first.", metaImage, 0, 255, 0))
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
	out := b.CreateVectorOfTables(outputs)
	b.StartObject(metaGraphSlots)
	b.PrependUOffsetTSlot(metaInputs, input, 0)
	b.PrependUOffsetTSlot(metaOutputs, out, 0)
	graphs := one(b.EndObject())
	name, description, version := b.CreateString(c.Name), b.CreateString("Image classifier written by Homeroom."), b.CreateString("1")
	card, parser := file(cardFile, "How a photo becomes an input and an output an answer.", 0), b.CreateString("1.0.0")
	b.StartObject(metaSlots)
	b.PrependUOffsetTSlot(metaName, name, 0)
	b.PrependUOffsetTSlot(metaDescription, description, 0)
	b.PrependUOffsetTSlot(metaVersion, version, 0)
	b.PrependUOffsetTSlot(metaGraphs, graphs, 0)
	b.PrependUOffsetTSlot(metaFiles, card, 0)
	b.PrependUOffsetTSlot(metaParser, parser, 0)
	b.FinishWithFileIdentifier(b.EndObject(), []byte("M001"))
	return b.FinishedBytes(), nil
}

// appendFiles writes labels and card as a zip behind a model of n bytes. Its readers want the files
// stored as they are.
func appendFiles(w io.Writer, n int, c *Classifier) error {
	card, err := json.Marshal(c.Card())
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
