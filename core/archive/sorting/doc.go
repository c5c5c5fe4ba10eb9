// Package sorting says where photos go that are sorted by what they show: a template makes a path
// of each photo's label, time and name, and a plan gives every photo a place of its own, whatever
// clashes. It touches no file; package place carries a plan out, and takes it back.
package sorting
