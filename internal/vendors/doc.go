// Package vendors makes the clients of a connection from its stored credentials, keeps them while nothing changes, and keeps
// the one gauge of Accelo's budget per connection.
//
// It is the only place that opens sealed credentials. It may not call the vendors itself.
package vendors
