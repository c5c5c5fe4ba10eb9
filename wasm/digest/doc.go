// Package digest sums up bytes that JavaScript holds.
package digest
