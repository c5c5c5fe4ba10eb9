package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestProvide has machines, and what is run on each.
func TestProvide(t *testing.T) {
	for _, c := range []struct {
		name     string
		programs string // there, with blanks between
		named    string // in HOMEROOM_CHROMIUM
		root     bool
		sudo     bool   // works without a password
		fox      string // in HOMEROOM_FIREFOX
		bare     bool   // exiftool and exiv2 are not there either
		foxless  bool   // Firefox is wanted, and not there
		gives    string // programs that an installation brings, with blanks between
		breaks   string // command that fails
		runs     []string
		fault    string // part of the error, "" for none
	}{
		{name: "Chromium", programs: "apt-get chromium"},
		{name: "Chrome", programs: "google-chrome-stable"},
		{name: "Chrome on macOS", programs: "/Applications/Google_Chrome.app/Contents/MacOS/Google_Chrome"},
		{name: "a named one", programs: "/opt/browser", named: "/opt/browser"},
		{name: "a named one that is missing", programs: "apt-get chromium", named: "/opt/browser", root: true, fault: "HOMEROOM_CHROMIUM names /opt/browser"},

		{name: "Debian as root", programs: "apt-get", root: true, gives: "chromium",
			runs: []string{"apt-get update -q", "apt-get install -y -q --no-install-recommends chromium"}},
		{name: "Debian with sudo", programs: "apt-get sudo", sudo: true, gives: "chromium",
			runs: []string{"sudo -n apt-get update -q", "sudo -n apt-get install -y -q --no-install-recommends chromium"}},
		{name: "Debian with a password", programs: "apt-get sudo", fault: "(for example: sudo apt-get install -y -q --no-install-recommends chromium)"},
		{name: "Debian without sudo", programs: "apt-get", sudo: true, fault: "(for example: sudo apt-get install"},
		{name: "Fedora", programs: "dnf", root: true, gives: "chromium-browser", runs: []string{"dnf install -y -q chromium"}},
		{name: "SUSE", programs: "zypper", root: true, gives: "chromium", runs: []string{"zypper --non-interactive install chromium"}},
		{name: "Arch", programs: "pacman", root: true, gives: "chromium", runs: []string{"pacman -Sy --noconfirm chromium"}},
		{name: "Alpine", programs: "apk", root: true, gives: "chromium", runs: []string{"apk add chromium"}},
		{name: "no package manager", programs: "sudo", root: true, fault: "install it, or name its program in HOMEROOM_CHROMIUM"},

		{name: "Debian without anything", programs: "apt-get", root: true, bare: true, gives: "chromium exiftool exiv2",
			runs: []string{"apt-get update -q", "apt-get install -y -q --no-install-recommends chromium libimage-exiftool-perl exiv2"}},
		{name: "Arch without exiftool", programs: "pacman chromium exiv2", root: true, bare: true, gives: "exiftool", runs: []string{"pacman -Sy --noconfirm perl-image-exiftool"}},
		{name: "exiftool is missing", programs: "chromium", bare: true, fault: "the tests of sidecars need exiftool"},
		{name: "no exiv2 came of it", programs: "apk chromium", root: true, bare: true, gives: "exiftool", runs: []string{"apk add exiftool exiv2"}, fault: "exiv2 is not to be found"},

		{name: "Debian without Firefox", programs: "apt-get chromium", root: true, foxless: true, gives: "firefox-esr",
			runs: []string{"apt-get update -q", "apt-get install -y -q --no-install-recommends firefox-esr"}},
		{name: "Fedora without browsers", programs: "dnf", root: true, foxless: true, gives: "chromium-browser firefox", runs: []string{"dnf install -y -q chromium firefox"}},
		{name: "a named Firefox", programs: "chromium /opt/fox", fox: "/opt/fox", foxless: true},
		{name: "a named Firefox that is missing", programs: "apt-get chromium", fox: "/opt/fox", root: true, foxless: true, fault: "HOMEROOM_FIREFOX names /opt/fox"},
		{name: "no Firefox came of it", programs: "apk chromium", root: true, foxless: true, runs: []string{"apk add firefox-esr"}, fault: "installed, but Firefox is not to be found"},

		{name: "the first step fails", programs: "apt-get", root: true, breaks: "apt-get update -q",
			runs: []string{"apt-get update -q"}, fault: "(apt-get update -q failed: no network)"},
		{name: "nothing came of it", programs: "apk", root: true, runs: []string{"apk add chromium"}, fault: "installed, but Chromium is not to be found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			there := []string{"exiftool", "exiv2"}
			if c.bare {
				there = nil
			}
			for _, p := range strings.Fields(c.programs) {
				there = append(there, strings.ReplaceAll(p, "_", " "))
			}
			var ran []string
			s := system{
				has:  func(program string) bool { return slices.Contains(there, program) },
				root: c.root,
				sudo: func() bool { return c.sudo },
				run: func(args []string) error {
					ran = append(ran, strings.Join(args, " "))
					if ran[len(ran)-1] == c.breaks {
						return errors.New("no network")
					}
					if c.gives != "" {
						there = append(there, strings.Fields(c.gives)...)
					}
					return nil
				},
			}
			err := s.provide(func(variable string) string {
				browser := ""
				if c.foxless {
					browser = "firefox"
				}
				return map[string]string{"HOMEROOM_CHROMIUM": c.named, "HOMEROOM_FIREFOX": c.fox, "HOMEROOM_BROWSER": browser}[variable]
			})
			switch {
			case c.fault == "" && err != nil:
				t.Error(err)
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
				t.Errorf("%v, want %q", err, c.fault)
			case err != nil && strings.Contains(err.Error(), "\n"):
				t.Errorf("the error has several lines: %q", err)
			}
			if !slices.Equal(ran, c.runs) {
				t.Errorf("it ran %q, want %q", ran, c.runs)
			}
		})
	}
}
