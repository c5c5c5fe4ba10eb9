// Command setup sees to it that there is a Chromium for the tests of the page.
// Where none is found it installs one through the system's package manager, if
// it may; else it says in one line what to install.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// managers are the package managers that are known, each with what it runs.
var managers = []struct {
	program string
	steps   []string
}{
	{"apt-get", []string{"apt-get update -q", "apt-get install -y -q --no-install-recommends chromium"}},
	{"dnf", []string{"dnf install -y -q chromium"}},
	{"zypper", []string{"zypper --non-interactive install chromium"}},
	{"pacman", []string{"pacman -Sy --noconfirm chromium"}},
	{"apk", []string{"apk add chromium"}},
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
	if err := s.provide(os.Getenv("HOMEROOM_CHROMIUM")); err != nil {
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

// browsers are the names and places of programs that will do.
var browsers = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
}

const needed = "the tests of the page need Chromium: install it, or name its program in HOMEROOM_CHROMIUM"

// provide sees to it that there is a Chromium: the named one, or any where none
// is named. The error is one line for people.
func (s system) provide(named string) error {
	switch {
	case named != "" && !s.has(named):
		return fmt.Errorf("HOMEROOM_CHROMIUM names %s, which is no program that can be run", named)
	case named != "" || slices.ContainsFunc(browsers, s.has):
		return nil
	}
	steps, err := s.plan()
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := s.run(step); err != nil {
			return fmt.Errorf("%s (%s failed: %v)", needed, strings.Join(step, " "), err)
		}
	}
	if !slices.ContainsFunc(browsers, s.has) {
		return errors.New("it was installed, but Chromium is not to be found; name its program in HOMEROOM_CHROMIUM")
	}
	return nil
}

// plan returns the commands that install Chromium. Nothing is asked for: where a
// password is needed the error tells what a person may run.
func (s system) plan() (steps [][]string, err error) {
	for _, m := range managers {
		if !s.has(m.program) {
			continue
		}
		prefix := ""
		if !s.root {
			if !s.has("sudo") || !s.sudo() {
				return nil, fmt.Errorf("%s (for example: sudo %s)", needed, m.steps[len(m.steps)-1])
			}
			prefix = "sudo -n "
		}
		for _, step := range m.steps {
			steps = append(steps, strings.Fields(prefix+step))
		}
		return steps, nil
	}
	return nil, errors.New(needed)
}

func run(args []string) error {
	fmt.Fprintln(os.Stderr, "+", strings.Join(args, " "))
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
