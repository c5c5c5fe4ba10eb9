package photo

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// exifTaken makes EXIF data with an Exif directory that has the given texts by tag.
func exifTaken(order binary.AppendByteOrder, mark string, tags []uint16, texts []string) []byte {
	data := append([]byte(mark), order.AppendUint32(nil, 8)...)
	data = order.AppendUint16(data, 1)
	data = order.AppendUint16(data, tagExifDirectory)
	data = order.AppendUint16(data, 4)
	data = order.AppendUint32(data, 1)
	data = order.AppendUint32(data, 26)
	data = order.AppendUint32(data, 0)
	data = order.AppendUint16(data, uint16(len(tags)))
	rest := []byte{}
	from := 26 + 2 + 12*len(tags)
	for i, tag := range tags {
		text := append([]byte(texts[i]), 0)
		data = order.AppendUint16(data, tag)
		data = order.AppendUint16(data, 2)
		data = order.AppendUint32(data, uint32(len(text)))
		if len(text) <= 4 {
			data = append(data, append(text, make([]byte, 4-len(text))...)...)
			continue
		}
		data = order.AppendUint32(data, uint32(from+len(rest)))
		rest = append(rest, text...)
	}
	return append(data, rest...)
}

// asJPEG, asPNG and asWebP put EXIF data where the formats have it.
func asJPEG(exif []byte) []byte {
	body := append([]byte("Exif\x00\x00"), exif...)
	data := append([]byte("\xff\xd8\xff\xe0\x00\x04xx\xff\xe1"), binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(data, body...), "\xff\xda\x00\x02"...)
}

func asPNG(exif []byte) []byte {
	data := append([]byte("\x89PNG\r\n\x1a\n"), binary.BigEndian.AppendUint32(nil, uint32(len(exif)))...)
	return append(append(append(data, "eXIf"...), exif...), 0, 0, 0, 0)
}

func asWebP(exif []byte) []byte {
	data := append([]byte("RIFF\x00\x00\x00\x00WEBPEXIF"), binary.LittleEndian.AppendUint32(nil, uint32(len(exif)))...)
	return append(data, exif...)
}

func TestTaken(t *testing.T) {
	noon := time.Date(2023, 5, 6, 12, 0, 0, 0, time.UTC).UnixMilli()
	for _, c := range []struct {
		name  string
		tags  []uint16
		texts []string
		want  int64
	}{
		{"original", []uint16{0x9003}, []string{"2023:05:06 12:00:00"}, noon},
		{"with parts of a second", []uint16{0x9003, 0x9291}, []string{"2023:05:06 12:00:00", "25"}, noon + 250},
		{"with many digits", []uint16{0x9003, 0x9291}, []string{"2023:05:06 12:00:00", "250999"}, noon + 250},
		{"with a time zone", []uint16{0x9003, 0x9011}, []string{"2023:05:06 14:00:00", "+02:00"}, noon},
		{"digitized only", []uint16{0x9004}, []string{"2023:05:06 12:00:00"}, noon},
		{"a clock that was not set", []uint16{0x9003}, []string{"0000:00:00 00:00:00"}, 0},
		{"spaces", []uint16{0x9003}, []string{"                   "}, 0},
		{"nothing", nil, nil, 0},
	} {
		little := exifTaken(binary.LittleEndian, "II*\x00", c.tags, c.texts)
		big := exifTaken(binary.BigEndian, "MM\x00*", c.tags, c.texts)
		for name, data := range map[string][]byte{"JPEG": asJPEG(little), "JPEG, big-endian": asJPEG(big), "PNG": asPNG(little), "WebP": asWebP(big)} {
			if got := Taken(data); got != c.want {
				t.Errorf("%s, %s: %d, want %d", c.name, name, got, c.want)
			}
			for n := range data { // cut anywhere it says nothing, or the same
				if got := Taken(data[:n]); got != 0 && !bytes.HasPrefix([]byte(c.name), []byte("with")) && got != c.want {
					t.Errorf("%s, %s, cut after %d bytes: %d", c.name, name, n, got)
				}
			}
		}
	}
}

func FuzzTaken(f *testing.F) {
	exif := exifTaken(binary.LittleEndian, "II*\x00", []uint16{0x9003, 0x9291, 0x9011}, []string{"2023:05:06 12:00:00", "25", "+02:00"})
	f.Add(asJPEG(exif))
	f.Add(asPNG(exif))
	f.Add(asWebP(exif))
	f.Fuzz(func(t *testing.T, data []byte) {
		if ms := Taken(data); ms != 0 && (ms < time.Date(1979, 12, 30, 0, 0, 0, 0, time.UTC).UnixMilli() || ms > time.Date(2201, 1, 3, 0, 0, 0, 0, time.UTC).UnixMilli()) {
			t.Fatal(ms)
		}
	})
}
