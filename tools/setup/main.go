// Command setup sees to it that there is a Chromium for the tests of the page.
// Where none is found it installs one through the system's package manager, if
// it may; else it says in one line what to install.
package main

import (
	"fmt"
	"os"
	"os/exec"
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
	if path := found(); path != "" {
		return
	}
	if err := install(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if found() == "" {
		fmt.Fprintln(os.Stderr, "Chromium was installed but is not to be found; name its program in HOMEROOM_CHROMIUM.")
		os.Exit(1)
	}
}

// found returns where a Chromium is, or "".
func found() string {
	names := []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
	}
	if named := os.Getenv("HOMEROOM_CHROMIUM"); named != "" {
		names = []string{named}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func install() error {
	const what = "The tests of the page need Chromium: install it, or name its program in HOMEROOM_CHROMIUM."
	for _, m := range managers {
		if _, err := exec.LookPath(m.program); err != nil {
			continue
		}
		prefix := ""
		if os.Geteuid() != 0 {
			if exec.Command("sudo", "-n", "true").Run() != nil {
				return fmt.Errorf("%s (for example: sudo %s)", what, m.steps[len(m.steps)-1])
			}
			prefix = "sudo -n "
		}
		for _, step := range m.steps {
			args := strings.Fields(prefix + step)
			fmt.Fprintln(os.Stderr, "+", strings.Join(args, " "))
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s (%s failed: %v)", what, strings.Join(args, " "), err)
			}
		}
		return nil
	}
	return fmt.Errorf("%s", what)
}
