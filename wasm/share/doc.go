// Command share is the program of the worker that makes files for other programs of what was
// taught, and runs each before it is offered. It plans for folders that the page works in, too. Who
// never shares or sorts never fetches it: with its writers and readers it is half as large as the
// page's program again.
package main
