// Command setup sees to it that there is what tests run: a Chromium for those of the page, and a
// Firefox where HOMEROOM_BROWSER asks for it; exiftool and exiv2 for those of sidecars. What is not
// found it installs through the system's package manager, if it may; else it says in one line what
// to install.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A manager is a package manager: what it runs before it installs, and how it installs.
type manager struct {
	program, first, install string
}

// managers are those that are known.
var managers = []manager{
	{"apt-get", "apt-get update -q", "apt-get install -y -q --no-install-recommends"},
	{"dnf", "", "dnf install -y -q"},
	{"zypper", "", "zypper --non-interactive install"},
	{"pacman", "", "pacman -Sy --noconfirm"},
	{"apk", "", "apk add"},
}

// A need is a program that tests run.
type need struct {
	variable string            // of the environment, that names one instead; "" for none
	browser  string            // that HOMEROOM_BROWSER is where it is needed; "" for always
	programs []string          // names and places of those that will do
	packages map[string]string // by package manager; "" is for all others
	needed   string            // what is said where there is none
	missing  string            // what is said where installing brought none
}

// needs are what the tests run besides Go.
var needs = []need{
	{
		variable: "HOMEROOM_CHROMIUM",
		programs: []string{
			"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell",
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
		},
		packages: map[string]string{"": "chromium"},
		needed:   "the tests of the page need Chromium: install it, or name its program in HOMEROOM_CHROMIUM",
		missing:  "it was installed, but Chromium is not to be found; name its program in HOMEROOM_CHROMIUM",
	},
	{
		variable: "HOMEROOM_FIREFOX",
		browser:  "firefox",
		programs: []string{"firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"},
		packages: map[string]string{"apt-get": "firefox-esr", "apk": "firefox-esr", "zypper": "MozillaFirefox", "": "firefox"},
		needed:   "the tests of the page need Firefox: install it, or name its program in HOMEROOM_FIREFOX",
		missing:  "it was installed, but Firefox is not to be found; name its program in HOMEROOM_FIREFOX",
	},
	{
		programs: []string{"exiftool"},
		packages: map[string]string{"apt-get": "libimage-exiftool-perl", "dnf": "perl-Image-ExifTool", "pacman": "perl-image-exiftool", "": "exiftool"},
		needed:   "the tests of sidecars need exiftool: install it",
		missing:  "it was installed, but exiftool is not to be found",
	},
	{
		programs: []string{"exiv2"},
		packages: map[string]string{"": "exiv2"},
		needed:   "the tests of sidecars need exiv2: install it",
		missing:  "it was installed, but exiv2 is not to be found",
	},
}

func main() {
	s := system{
		has: func(program string) bool {
			_, err := exec.LookPath(program)
			return err == nil
		},
		root: os.Geteuid() == 0,
		sudo: func() bool { return exec.Command("sudo", "-n", "true").Run() == nil },
		run:  run,
	}
	if err := s.provide(os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
		os.Exit(1)
	}
}

// A system is what setup has of the machine.
type system struct {
	has  func(program string) bool
	root bool
	sudo func() bool // whether it asks for no password
	run  func(args []string) error
}

// provide sees to it that there is all that tests run: the browsers that the environment names, or
// any where it names none, and the rest. The error is one line for people.
func (s system) provide(environment func(variable string) string) error {
	var missing []need
	for _, n := range needs {
		named := ""
		if n.variable != "" {
			named = environment(n.variable)
		}
		switch {
		case n.browser != "" && environment("HOMEROOM_BROWSER") != n.browser:
		case named != "" && !s.has(named):
			return fmt.Errorf("%s names %s, which is no program that can be run", n.variable, named)
		case named != "" || slices.ContainsFunc(n.programs, s.has):
		default:
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	steps, err := s.plan(missing)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := s.run(step); err != nil {
			return fmt.Errorf("%s (%s failed: %v)", missing[0].needed, strings.Join(step, " "), err)
		}
	}
	for _, n := range missing {
		if !slices.ContainsFunc(n.programs, s.has) {
			return errors.New(n.missing)
		}
	}
	return nil
}

// plan returns the commands that install what is missing. Nothing is asked for: where a password is
// needed the error tells what a person may run.
func (s system) plan(missing []need) (steps [][]string, err error) {
	for _, m := range managers {
		if !s.has(m.program) {
			continue
		}
		install := m.install
		for _, n := range missing {
			install += " " + cmp.Or(n.packages[m.program], n.packages[""])
		}
		prefix := ""
		if !s.root {
			if !s.has("sudo") || !s.sudo() {
				return nil, fmt.Errorf("%s (for example: sudo %s)", missing[0].needed, install)
			}
			prefix = "sudo -n "
		}
		if m.first != "" {
			steps = append(steps, strings.Fields(prefix+m.first))
		}
		return append(steps, strings.Fields(prefix+install)), nil
	}
	return nil, errors.New(missing[0].needed)
}

func run(args []string) error {
	fmt.Fprintln(os.Stderr, "+", strings.Join(args, " "))
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
