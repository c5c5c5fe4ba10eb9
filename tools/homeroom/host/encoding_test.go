package host

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// encoded returns a text in both encodings.
func encoded(t *testing.T, text string) (br, gz string) {
	t.Helper()
	var b, g strings.Builder
	for _, w := range []io.WriteCloser{brotli.NewWriter(&b), gzip.NewWriter(&g)} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String(), g.String()
}

func TestEncodings(t *testing.T) {
	text := strings.Repeat("the program ", 100)
	br, gz := encoded(t, text)
	_, s := page(t, map[string]string{
		"homeroom.wasm": text, "homeroom.wasm.br": br, "homeroom.wasm.gz": gz, "only.js": text, "only.js.gz": gz, "plain.css": "a{}",
	})
	bodies := map[string]string{"": text, "br": br, "gzip": gz}
	tags := map[string]string{}
	for _, c := range []struct{ address, accept, want string }{
		{"/homeroom.wasm", "gzip, deflate, br, zstd", "br"},
		{"/homeroom.wasm", "gzip, deflate", "gzip"},
		{"/homeroom.wasm", "x-gzip", "gzip"},
		{"/homeroom.wasm", "GZIP;q=0.5", "gzip"},
		{"/homeroom.wasm", "br;q=0, gzip;q=1", "gzip"},
		{"/homeroom.wasm", "br;q=0.000, gzip; q=0", ""},
		{"/homeroom.wasm", "*", "br"},
		{"/homeroom.wasm", "*;q=0", ""},
		{"/homeroom.wasm", "br;q=0, *", "gzip"},
		{"/homeroom.wasm", "identity", ""},
		{"/homeroom.wasm", "br;q=nonsense", ""},
		{"/homeroom.wasm", "br;q=NaN, gzip;q=2", ""},
		{"/only.js", "br, gzip", "gzip"},
		{"/only.js", "br", ""},
	} {
		answer, body := ask(t, s, "GET", c.address, "Accept-Encoding", c.accept)
		if got := answer.Header.Get("Content-Encoding"); answer.StatusCode != http.StatusOK || got != c.want || body != bodies[c.want] {
			t.Errorf("%s for %q: status %d, encoding %q, %d bytes; want %q", c.address, c.accept, answer.StatusCode, got, len(body), c.want)
			continue
		}
		if answer.ContentLength != int64(len(body)) {
			t.Errorf("%s for %q: length %d of %d", c.address, c.accept, answer.ContentLength, len(body))
		}
		if got := answer.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%s for %q: Vary %q", c.address, c.accept, got)
		}
		if want := types[c.address[strings.LastIndexByte(c.address, '.'):]]; answer.Header.Get("Content-Type") != want {
			t.Errorf("%s for %q: type %q, want %q", c.address, c.accept, answer.Header.Get("Content-Type"), want)
		}
		tags[c.want] = answer.Header.Get("ETag")

		again, rest := ask(t, s, "GET", c.address, "Accept-Encoding", c.accept, "If-None-Match", answer.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified || rest != "" || again.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s for %q again: status %d, %d bytes", c.address, c.accept, again.StatusCode, len(rest))
		}
		head, rest := ask(t, s, "HEAD", c.address, "Accept-Encoding", c.accept)
		if head.ContentLength != int64(len(body)) || head.Header.Get("Content-Encoding") != c.want || rest != "" {
			t.Errorf("HEAD %s for %q: length %d, encoding %q", c.address, c.accept, head.ContentLength, head.Header.Get("Content-Encoding"))
		}
	}
	if len(tags) != 3 || tags[""] == tags["br"] || tags["br"] == tags["gzip"] || tags[""] == tags["gzip"] {
		t.Errorf("the entity tags are %q", tags)
	}
	// What is stored in one encoding is not taken for the other.
	if answer, body := ask(t, s, "GET", "/homeroom.wasm", "Accept-Encoding", "gzip", "If-None-Match", tags["br"]); answer.StatusCode != http.StatusOK || body != gz {
		t.Errorf("with the tag of another encoding: status %d, %d bytes", answer.StatusCode, len(body))
	}
	// Parts are of the file as it is.
	if answer, body := ask(t, s, "GET", "/homeroom.wasm", "Accept-Encoding", "br", "Range", "bytes=4-10"); answer.StatusCode != http.StatusPartialContent ||
		body != text[4:11] || answer.Header.Get("Content-Encoding") != "" || answer.Header.Get("ETag") != tags[""] {
		t.Errorf("a part: status %d, encoding %q, %q", answer.StatusCode, answer.Header.Get("Content-Encoding"), body)
	}
	if answer, body := ask(t, s, "GET", "/homeroom.wasm", "Accept-Encoding", "br", "Range", "bytes=4-10", "If-Range", tags["br"]); answer.StatusCode != http.StatusOK || body != text {
		t.Errorf("a part of what was sent in an encoding: status %d, %d bytes", answer.StatusCode, len(body))
	}
	// What has no other encoding varies by nothing, and the encodings are files themselves.
	if answer, body := ask(t, s, "GET", "/plain.css", "Accept-Encoding", "br"); answer.Header.Get("Vary") != "" || answer.Header.Get("Content-Encoding") != "" || body != "a{}" {
		t.Errorf("what is not compressed: Vary %q, encoding %q", answer.Header.Get("Vary"), answer.Header.Get("Content-Encoding"))
	}
	if answer, body := ask(t, s, "GET", "/homeroom.wasm.gz", "Accept-Encoding", "gzip"); answer.Header.Get("Content-Encoding") != "" || answer.Header.Get("Content-Type") != "application/gzip" || body != gz {
		t.Errorf("the compressed file itself: encoding %q, type %q", answer.Header.Get("Content-Encoding"), answer.Header.Get("Content-Type"))
	}
}
