// Package window does what the page asks of its window and that needs nothing of the page's own:
// files to save, the address, the way through lists that are laid out in rows, strokes of the
// pointer, the screen, which cameras there are, and the tab's own note.
package window
