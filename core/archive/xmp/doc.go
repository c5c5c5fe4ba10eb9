// Package xmp writes what photos show into XMP sidecars, where photo programs find it: as keywords
// (dc:subject), as keywords in a tree (lr:hierarchicalSubject), and as a mark that says which of
// them a machine wrote, how sure it was, and by which network.
//
// A sidecar that is there is edited where it lies: what is not ours stays byte for byte, and where
// nothing changes nothing is written. A keyword that a person wrote stays theirs, and one that a
// person took out does not come back.
//
// The format is that of ISO 16684-1 (XMP), a subset of RDF/XML.
package xmp
