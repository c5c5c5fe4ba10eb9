// Command share is the program of the worker that makes files for other programs of what was
// taught, and runs each before it is offered. Who never shares never fetches it: with its writers
// and readers it is half as large as the page's program again.
package main
