// Package web serves the Integrations page for administrators and the JSON API for programs. Both show the status of the
// connections, as read by package status, and both are protected by the admin token. The buttons carry out the operations of package
// operate and do nothing by another way.
//
// Sessions are stored, so any number of processes can serve the page; only the login limiter is kept in memory. The
// package may not call a vendor, run SQL or show a credential, and the page works without JavaScript.
package web
