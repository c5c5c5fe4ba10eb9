package e2e

import (
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shot takes a picture of a message, on a desk, on a phone and in the dark, where pictures are
// asked for.
func (p *tab) shot(name string) {
	if *shots == "" {
		return
	}
	p.shoot(name)
	p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2)))
	p.shoot(name + "-phone")
	p.do(chromedp.EmulateViewport(1280, 900))
	for _, scheme := range []string{"dark", ""} {
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		if scheme != "" {
			p.shoot(name + "-" + scheme)
		}
	}
}
