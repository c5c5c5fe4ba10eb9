// Package window does what the page asks of its window and that needs nothing of the page's own:
// files to save, the address, and the way through lists that are laid out in rows.
package window
