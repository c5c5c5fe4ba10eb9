// Package host serves the finished page from a folder, as a good static host would: each file with
// its right type, an entity tag, caching that never shows an old build, and the headers that keep
// the page to its own origin.
//
// The headers make the page cross-origin isolated, which is what lets several threads share one
// photo. On a host that can't send them the page's service worker adds those two itself.
package host
