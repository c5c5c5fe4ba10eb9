// Package session keeps the photos that a tab names for as long as it is open, in the browser's
// database, so that they are there when the page is loaded again.
package session
