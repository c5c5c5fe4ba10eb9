// Command element is the program of the worker behind the element for web pages and behind
// classifiers that are pages of their own: package classifier, answering messages.
//
// Its messages are the structs of messages.go, which travel as package codec writes them.
package main
