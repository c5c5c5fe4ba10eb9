package head

// Kind is a kind of head.
type Kind string

// Auto is whichever kind answers held-out photos best.
const Auto Kind = "auto"
