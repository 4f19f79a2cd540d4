// Package web serves the Integrations page for administrators. It shows the status of the connections, as read by package status, and is
// protected by the admin token. The buttons carry out the operations of package operate and do nothing by another way.
//
// Sessions are stored, so any number of processes can serve the page; only the login limiter is kept in memory. The
// package may not call a vendor, run SQL or show a credential, and the page works without JavaScript.
package web
