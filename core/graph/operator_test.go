package graph

import (
	"testing"

	"homeroom/core/tensor"
)

// TestLayersAreWrittenFromTheTable: what is told of a layer is in its operator's line, and whoever
// tells it needs to know no names.
func TestLayersAreWrittenFromTheTable(t *testing.T) {
	for _, c := range []struct {
		node        Node
		row, alone  string
		detail      string
		channelsOut int
	}{
		{Node{Op: Conv, Kernel: [2]int{3, 3}, Groups: 1}, "3×3, 8", "conv 3×3", "", 8},
		{Node{Op: Conv, Kernel: [2]int{5, 3}, Groups: 8}, "depthwise 5×3, 8", "depthwise 5×3", "", 8},
		{Node{Op: Conv, Kernel: [2]int{3, 3}, Groups: 2}, "3×3, 8 in 2 groups", "3×3 in 2 groups", "", 8},
		{Node{Op: MaxPool, Kernel: [2]int{3, 3}}, "max pool 3×3", "max pool 3×3", "", 8},
		{Node{Op: AvgPool, Kernel: [2]int{2, 2}}, "average pool 2×2", "average pool 2×2", "", 8},
		{Node{Op: AdaptiveAvgPool, Kernel: [2]int{7, 7}}, "average pool to 7×7", "average pool to 7×7", "", 8},
		{Node{Op: GAP}, "GAP", "GAP", "", 8},
		{Node{Op: Token}, "class token", "class token", "", 8},
		{Node{Op: Dense}, "dense, 10", "dense", "", 10},
		{Node{Op: Attention, Heads: 6}, "attention, 6 heads", "attention, 6 heads", "", 8},
		{Node{Op: Slice, Index: 4, Count: 4}, "", "", "channels 4 to 7", 4},
		{Node{Op: Clip, Low: -1, High: 2}, "", "", "-1 to 2", 8},
		{Node{Op: Pad, Border: "edge"}, "", "", "edge", 8},
		{Node{Op: MatMul, Rows: 2, Depth: 3, Columns: 4}, "", "", "2×3 times 3×4", 4},
		{Node{Op: "no such layer"}, "", "", "", 1},
	} {
		cost := Cost{Node: &c.node, Out: tensor.Shape{H: 1, W: 1, C: c.channelsOut}}
		if row, alone, detail := cost.Written(false), cost.Written(true), c.node.Detail(); row != c.row || alone != c.alone || detail != c.detail {
			t.Errorf("%s is %q, alone %q, with %q; want %q, %q and %q", c.node.Op, row, alone, detail, c.row, c.alone, c.detail)
		}
	}
}
