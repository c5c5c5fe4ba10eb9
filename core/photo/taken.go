package photo

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Taken returns when a photo was taken, by the EXIF data of a JPEG, PNG or WebP file, in
// milliseconds since 1970; 0 where the file does not say. Where it does not tell the time zone
// either, the time is taken for UTC: what matters is how far photos of one camera are apart.
//
// Exif 2.32, section 4.6.5, D: DateTimeOriginal, else DateTimeDigitized, each with its SubSecTime
// and OffsetTime.
func Taken(data []byte) int64 {
	at, _ := TakenIn(data)
	return at
}

// TakenIn is [Taken] that tells whether the file says the time zone.
func TakenIn(data []byte) (at int64, zoned bool) {
	exif := exifOf(data)
	if len(exif) >= 6 && string(exif[:6]) == "Exif\x00\x00" {
		exif = exif[6:]
	}
	t, ok := newTIFF(exif)
	if !ok {
		return 0, false
	}
	main := t.directory(t.order.Uint32(exif[4:]))
	notes := main
	if at, ok := main[tagExifDirectory]; ok && len(at.value) >= 4 {
		notes = t.directory(t.order.Uint32(at.value))
	}
	for _, tags := range [][3]uint16{{0x9003, 0x9291, 0x9011}, {0x9004, 0x9292, 0x9012}} {
		text := notes[tags[0]].text()
		layout := "2006:01:02 15:04:05"
		if zone := notes[tags[2]].text(); zone != "" {
			if at, err := time.Parse(layout+"-07:00", text+zone); err == nil {
				return milliseconds(at, notes[tags[1]].text()), true
			}
		}
		if at, err := time.Parse(layout, text); err == nil {
			return milliseconds(at, notes[tags[1]].text()), false
		}
	}
	return 0, false
}

// milliseconds adds the digits behind the second, of which any number may be given. Years that no
// camera saw count as none: a clock that was never set says 0000 or 1970.
func milliseconds(at time.Time, digits string) int64 {
	if at.Year() < 1980 || at.Year() > 2200 {
		return 0
	}
	ms := int64(0)
	for i, unit := 0, int64(100); i < len(digits) && unit > 0; i, unit = i+1, unit/10 {
		if digits[i] < '0' || digits[i] > '9' {
			break
		}
		ms += int64(digits[i]-'0') * unit
	}
	return at.UnixMilli() + ms
}

// exifOf returns the EXIF data of a file, nil where it has none or is of another format.
func exifOf(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		return exifOfJPEG(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		for at := 8; at+12 <= len(data); {
			length := uint64(binary.BigEndian.Uint32(data[at:]))
			if length > uint64(len(data)-at-12) {
				return nil
			}
			if string(data[at+4:at+8]) == "eXIf" {
				return data[at+8:][:length]
			}
			at += 12 + int(length)
		}
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		for at := 12; at+8 <= len(data); {
			length := uint64(binary.LittleEndian.Uint32(data[at+4:]))
			if length > uint64(len(data)-at-8) {
				return nil
			}
			if string(data[at:at+4]) == "EXIF" {
				return data[at+8:][:length]
			}
			at += 8 + int(length+length&1)
		}
	}
	return nil
}

// exifOfJPEG looks through the segments before the first scan.
func exifOfJPEG(data []byte) []byte {
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			return nil
		}
		marker := data[at+1]
		if marker == 0xff { // fill
			at++
			continue
		}
		length := int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda || marker == 0xd9 || length < 2 || at+2+length > len(data) {
			return nil
		}
		if body := data[at+4 : at+2+length]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return body
		}
		at += 2 + length
	}
	return nil
}

const tagExifDirectory = 0x8769

// tiff is a TIFF file as EXIF has it inside.
type tiff struct {
	data  []byte
	order binary.ByteOrder
}

func newTIFF(data []byte) (tiff, bool) {
	if len(data) < 8 {
		return tiff{}, false
	}
	switch string(data[:4]) {
	case "II*\x00":
		return tiff{data, binary.LittleEndian}, true
	case "MM\x00*":
		return tiff{data, binary.BigEndian}, true
	}
	return tiff{}, false
}

// entry is the value of a tag, as far as it lies within the file.
type entry struct{ value []byte }

// text returns a value of characters up to its NUL, without spaces around it.
func (e entry) text() string {
	v := e.value
	if i := bytes.IndexByte(v, 0); i >= 0 {
		v = v[:i]
	}
	return string(bytes.TrimSpace(v))
}

// directory reads the tags of one directory that are characters or one LONG: what Taken needs. A
// damaged directory gives the tags before the damage.
func (t tiff) directory(at uint32) map[uint16]entry {
	out := map[uint16]entry{}
	if uint64(at)+2 > uint64(len(t.data)) {
		return out
	}
	entries := t.data[at+2:]
	for range t.order.Uint16(t.data[at:]) {
		if len(entries) < 12 {
			return out
		}
		tag, kind, count := t.order.Uint16(entries), t.order.Uint16(entries[2:]), t.order.Uint32(entries[4:])
		switch value := entries[8:12]; {
		case kind == 4 && count == 1:
			out[tag] = entry{value}
		case kind == 2 && count <= 4:
			out[tag] = entry{value[:count]}
		case kind == 2 && count <= 64:
			if from := uint64(t.order.Uint32(value)); from+uint64(count) <= uint64(len(t.data)) {
				out[tag] = entry{t.data[from:][:count]}
			}
		}
		entries = entries[12:]
	}
	return out
}
