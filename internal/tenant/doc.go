// Package tenant holds one connection between a NinjaOne tenant and an Accelo deployment: its stored settings, the clients of
// both vendors, what the deployment can do, and how their errors are classified.
//
// Provider is the only place that opens sealed credentials. It keeps the clients until the credentials change, and one budget
// gauge for each connection.
//
// The package may not import Temporal or call a vendor: the callers do that with the clients they get here.
package tenant
