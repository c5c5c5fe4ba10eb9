// Command element is the program of the worker behind the element for web pages and behind
// classifiers that are pages of their own: package classifier, answering messages.
//
// A message is {id, do, …}; its answer is {id, value} or {id, error}. {id, stage, share} tells how
// far it is, and {cancel: id} ends it.
package main
