package export

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"
)

// An option is a field of a table of FlatBuffers: int8, byte, int32, uint32, float32, bool, or the
// offset of what was written before. What is zero is left out, as readers take it for that.
type option struct {
	slot  int
	value any
}

// table writes a table of so many slots.
func table(b *flatbuffers.Builder, slots int, fields ...option) flatbuffers.UOffsetT {
	b.StartObject(slots)
	for _, f := range fields {
		switch v := f.value.(type) {
		case flatbuffers.UOffsetT:
			b.PrependUOffsetTSlot(f.slot, v, 0)
		case int8:
			b.PrependInt8Slot(f.slot, v, 0)
		case byte:
			b.PrependByteSlot(f.slot, v, 0)
		case int32:
			b.PrependInt32Slot(f.slot, v, 0)
		case uint32:
			b.PrependUint32Slot(f.slot, v, 0)
		case float32:
			b.PrependFloat32Slot(f.slot, v, 0)
		case bool:
			b.PrependBoolSlot(f.slot, v, false)
		default:
			panic(fmt.Sprintf("export: a field of %T", v))
		}
	}
	return b.EndObject()
}

// tables writes a list of them.
func tables(b *flatbuffers.Builder, all ...flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	return b.CreateVectorOfTables(all)
}

func intVector(b *flatbuffers.Builder, v []int) flatbuffers.UOffsetT {
	b.StartVector(4, len(v), 4)
	for i := len(v) - 1; i >= 0; i-- {
		b.PrependInt32(int32(v[i]))
	}
	return b.EndVector(len(v))
}

func floatVector(b *flatbuffers.Builder, v ...float32) flatbuffers.UOffsetT {
	b.StartVector(4, len(v), 4)
	for i := len(v) - 1; i >= 0; i-- {
		b.PrependFloat32(v[i])
	}
	return b.EndVector(len(v))
}
