// Package browser is the page's side of JavaScript: it brings the document to what the program
// describes, reports what happens as events, and performs what the program asks for. It decides
// nothing and has no words of its own.
package browser
