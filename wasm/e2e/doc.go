// Package e2e holds the tests that use the finished page as a person would, in a real Chromium:
// they find what they click by its role and label, and they watch that nothing leaves the page's
// origin and that nothing is complained of in the console.
//
//	go test ./wasm/e2e
//	HOMEROOM_BROWSER=firefox go test ./wasm/e2e
//	go test ./wasm/e2e -run Screenshots -shots /tmp/shots
//
// The page is built for the tests, unless HOMEROOM_DIST names a folder with a finished one. The
// browser is looked for under its usual names, unless HOMEROOM_CHROMIUM names it, or
// HOMEROOM_FIREFOX where HOMEROOM_BROWSER asks for Firefox: that runs those tests that do nothing
// but what a driver can, without Chromium's protocol.
package e2e
