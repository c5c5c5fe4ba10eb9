package e2e

import "github.com/chromedp/chromedp"

// shot takes a picture of a message, on a desk and on a phone, where pictures are asked for.
func (p *tab) shot(name string) {
	if *shots == "" {
		return
	}
	p.shoot(name)
	p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2)))
	p.shoot(name + "-phone")
	p.do(chromedp.EmulateViewport(1280, 900))
}
