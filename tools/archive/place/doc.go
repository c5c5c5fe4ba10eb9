// Package place puts photos where a plan says, by copy, hard link or move, and takes that back.
//
// Nothing is ever written over, and no file goes before its copy is whole where it is to be. What
// is about to be done is written to an undo file first, so that whatever ends the work half-way,
// [Undo] knows what there may be to take back.
package place
