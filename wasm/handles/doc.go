// Package handles does what the page's program asks for with files and folders that a person lets
// it work in. They are known by the handles of the browser's, FileSystemDirectoryHandle and the
// like, and paths inside them. It is empty outside a browser.
package handles
