package main

import (
	"os"
	"strings"
	"testing"
)

// TestSheets: the page to print is there in Arabic, written from the right, and a text without a
// translation is told.
func TestSheets(t *testing.T) {
	page, err := os.ReadFile("../../site/" + sheet)
	if err != nil {
		t.Fatal(err)
	}
	words, err := os.ReadFile("../text/ar.json")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{sheet: page, "text/ar.json": words}
	if err := putSheets(files); err != nil {
		t.Fatal(err)
	}
	got := string(files["lesson/class.ar.html"])
	if !strings.Contains(got, `<html lang="ar" dir="rtl">`) || !strings.Contains(got, "<h1>أسماك ومبانٍ</h1>") || strings.Contains(got, "photos") {
		t.Errorf("it is\n%s", got)
	}
	files = map[string][]byte{sheet: append(page, "<p>And more</p>"...), "text/ar.json": words}
	if err := putSheets(files); err == nil || !strings.Contains(err.Error(), `["And more"]`) {
		t.Errorf("a text without a translation gives %v", err)
	}
}
