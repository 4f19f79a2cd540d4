// Package web serves the Integrations page, for people, and the JSON API, for programs. Both show how the connections
// stand, as package status reads it, and both are protected by the admin token.
//
// It keeps no state of its own beyond a count of login attempts: sessions are signed cookies, so that any number of
// processes can serve the page. It may not call a vendor, run SQL or show a credential, and it needs no JavaScript.
package web
