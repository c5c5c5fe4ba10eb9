package head

import "homeroom/core/feature"

// The spaces of the tests.
var (
	net    = feature.Space{Network: "net", Size: 32}
	second = feature.Space{Network: "second", Size: 48}
)
