package camtrap

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRows bounds the tables that are read.
const maxRows = 100_000

// table reads a CSV file with a line of names, of which some are needed, and calls row with each
// line, by name.
func table(in io.Reader, needed []string, row func(cells map[string]string) error) error {
	r := csv.NewReader(in)
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("its first line can't be read: %w", err)
	}
	for i := range head {
		head[i] = strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff"))
	}
	for _, name := range needed {
		if !slices.Contains(head, name) {
			return fmt.Errorf("it has no column %s; the first line names the columns", name)
		}
	}
	for n := 2; n <= maxRows; n++ {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		cells := map[string]string{}
		for i, text := range line {
			cells[head[i]] = strings.TrimSpace(text)
		}
		if err := row(cells); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return fmt.Errorf("it has more than %d lines", maxRows)
}

// ReadDeployments reads a CSV file of deployments with the columns folder, deploymentID, latitude
// and longitude, and, where they are known, locationName, deploymentStart and deploymentEnd. A time
// without a zone is one of that place. It returns them with their folders.
func ReadDeployments(in io.Reader, place *time.Location) (all []Deployment, folders []string, err error) {
	err = table(in, []string{"folder", "deploymentID", "latitude", "longitude"}, func(cells map[string]string) error {
		d := Deployment{ID: cells["deploymentID"], LocationName: cells["locationName"]}
		var err error
		if d.Latitude, err = strconv.ParseFloat(cells["latitude"], 64); err != nil {
			return fmt.Errorf("the latitude %q is no number", cells["latitude"])
		}
		if d.Longitude, err = strconv.ParseFloat(cells["longitude"], 64); err != nil {
			return fmt.Errorf("the longitude %q is no number", cells["longitude"])
		}
		if d.Start, err = moment(cells["deploymentStart"], place); err != nil {
			return err
		}
		if d.End, err = moment(cells["deploymentEnd"], place); err != nil {
			return err
		}
		all, folders = append(all, d), append(folders, cells["folder"])
		return nil
	})
	return all, folders, err
}

// moment reads a time as people write it.
func moment(text string, place *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, timestamp} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, place); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time such as 2024-05-17T09:31:02+02:00", text)
}

// ReadTaxa reads a CSV file with the columns label and scientificName, and observationType where
// that is not animal.
func ReadTaxa(in io.Reader) (map[string]Taxon, error) {
	taxa := map[string]Taxon{}
	err := table(in, []string{"label", "scientificName"}, func(cells map[string]string) error {
		t := Taxon{cells["scientificName"], cells["observationType"]}
		if t.Type != "" && !slices.Contains(Types, t.Type) {
			return fmt.Errorf("the observationType %q is none of %s", t.Type, strings.Join(Types, ", "))
		}
		taxa[cells["label"]] = t
		return nil
	})
	return taxa, err
}
