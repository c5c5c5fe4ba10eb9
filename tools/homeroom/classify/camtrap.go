package classify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"time"

	"homeroom/core/archive/camtrap"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/whole"
)

// cameraTraps are the flags of Camtrap DP.
type cameraTraps struct {
	CamtrapDP   string `name:"camtrap-dp" placeholder:"DIR" help:"Write a Camera Trap Data Package: deployments, media, observations."`
	Deployments string `type:"existingfile" placeholder:"FILE.csv" help:"Where each camera was: columns folder, deploymentID, latitude, longitude, and locationName, deploymentStart, deploymentEnd where they are known."`
	Taxa        string `type:"existingfile" placeholder:"FILE.csv" help:"What labels stand for: columns label, scientificName, and observationType where that is not animal."`
	LatinLabels bool   `help:"Labels of two words are scientific names, as Vulpes vulpes."`
	About       string `type:"existingfile" placeholder:"FILE.json" help:"Properties of datapackage.json, such as title, contributors, licenses and project."`
	TimeZone    string `default:"+00:00" placeholder:"+HH:MM" help:"Time zone that cameras were set to, where photos do not say it."`
	FileTimes   bool   `help:"In the package, take for photos that do not say when they were taken the time when their files were changed last."`

	zone *time.Location
}

// Validate is called by kong.
func (c *cameraTraps) Validate() error {
	at, err := time.Parse("-07:00", c.TimeZone)
	if err != nil {
		return fmt.Errorf("--time-zone %s: a zone such as +02:00", c.TimeZone)
	}
	c.zone = at.Location()
	if c.CamtrapDP == "" {
		if c.Deployments != "" || c.Taxa != "" || c.About != "" || c.FileTimes || c.LatinLabels {
			return errors.New("--deployments, --taxa, --latin-labels, --about and --file-times go with --camtrap-dp")
		}
		return nil
	}
	if c.Deployments == "" {
		return errors.New("--camtrap-dp: say with --deployments where each camera was, which the standard requires")
	}
	return nil
}

// read opens a file for a reader of it.
func read(path string, with func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := with(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// maxAbout is the most bytes of a file of properties.
const maxAbout = 1 << 20

// camtrap writes the package.
func (r *run) camtrap(all []result.Result) error {
	p := &camtrap.Package{Name: "camera-traps", Title: "Photos of camera traps", Created: time.Now().Truncate(time.Second), Program: "Homeroom, " + r.namers.Network, Events: r.Sequence > 0, Latin: r.LatinLabels, General: r.Head == ""}
	var folders []string
	err := read(r.Deployments, func(in io.Reader) (err error) {
		p.Deployments, folders, err = camtrap.ReadDeployments(in, r.zone)
		return err
	})
	if err == nil && r.Taxa != "" {
		err = read(r.Taxa, func(in io.Reader) (err error) {
			p.Taxa, err = camtrap.ReadTaxa(in)
			return err
		})
	}
	if err == nil && r.About != "" {
		err = read(r.About, func(in io.Reader) error { return json.NewDecoder(io.LimitReader(in, maxAbout)).Decode(&p.About) })
	}
	if err != nil {
		return err
	}
	for i := range folders {
		if folders[i], err = filepath.Abs(folders[i]); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(r.CamtrapDP, 0o777); err != nil {
		return fmt.Errorf("--camtrap-dp %s: %w", r.CamtrapDP, err)
	}
	for i := range all {
		if one := &all[i]; one.Error == "" {
			f, err := r.medium(one, p.Deployments, folders)
			if err != nil {
				fmt.Fprintf(r.con.Err, "homeroom: %s: it is not in the package: %v\n", console.OnOneLine(one.File), err)
				r.count.failed++
				continue
			}
			p.Photos = append(p.Photos, f)
		}
	}
	return p.Write(func(name string, write func(io.Writer) error) error {
		return whole.Write(filepath.Join(r.CamtrapDP, name), 0o666, write)
	})
}

// medium is a photo as a package has it, with the deployment of the folder that it lies in.
func (r *run) medium(one *result.Result, deployments []camtrap.Deployment, folders []string) (f camtrap.Photo, err error) {
	if one.Taken == 0 && !r.FileTimes {
		return f, errors.New("it does not say when it was taken, which the standard requires; write the time into the photo, or have that of its file taken by --file-times")
	}
	path, err := filepath.Abs(one.File)
	if err != nil {
		return f, err
	}
	longest := -1
	for i, folder := range folders {
		if below, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(below) && len(folder) > longest {
			longest, f.Deployment = len(folder), deployments[i].ID
		}
	}
	if longest < 0 {
		return f, fmt.Errorf("%s has no deployment for its folder", r.Deployments)
	}
	if f.Path, err = r.inPackage(path, one.File); err != nil {
		return f, err
	}
	switch f.Taken = time.UnixMilli(one.Taken).UTC(); {
	case one.Taken == 0:
		changed := r.files[one.File].Changed()
		if changed == 0 {
			return f, errors.New("neither it nor the system says when it was taken or changed, which the standard requires; write the time into the photo")
		}
		f.Taken, f.FileTime = time.UnixMilli(changed).In(r.zone), true
	case !one.Zoned:
		f.Taken = time.Date(f.Taken.Year(), f.Taken.Month(), f.Taken.Day(), f.Taken.Hour(), f.Taken.Minute(), f.Taken.Second(), 0, r.zone)
	}
	f.MediaType = mime.TypeByExtension(strings.ToLower(filepath.Ext(path)))
	if !strings.HasPrefix(f.MediaType, "image/") {
		f.MediaType = "image/jpeg"
	}
	f.Label, f.Score = r.sure(one)
	f.Unknown, f.Event = one.Unknown, one.Sequence
	return f, nil
}

// inPackage is the path of a photo as a package may have it: inside the package's folder, or, where
// the photo lies elsewhere, as it was given, from the folder that homeroom was called in.
func (r *run) inPackage(path, given string) (string, error) {
	dir, err := filepath.Abs(r.CamtrapDP)
	if err != nil {
		return "", err
	}
	for _, base := range []string{dir, "."} {
		if base, err = filepath.Abs(base); err != nil {
			return "", err
		}
		below, err := filepath.Rel(base, path)
		if err == nil && filepath.IsLocal(below) && !strings.HasPrefix(below, ".") && !strings.HasPrefix(below, "~") && !strings.Contains(below, "..") {
			return strings.ToValidUTF8(filepath.ToSlash(below), "�"), nil
		}
	}
	return "", fmt.Errorf("the standard has only paths that lead down from a folder; call homeroom in a folder above %s", given)
}
