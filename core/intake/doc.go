// Package intake says what of the files and folders that a person gives is taken: which are photos,
// which are passed over, and to which classes photos belong by where they lie. The page and the
// program find files each in their own way, and both ask here.
package intake
