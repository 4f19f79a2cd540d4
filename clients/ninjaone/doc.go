// Package ninjaone is a typed client of the NinjaOne REST API v2: authentication, paging, bounded reads and typed
// errors. Facts come from the contract, cited as "contract ninjaone 3.1".
//
// It may not retry (beyond one new token after a 401), limit rates, log, keep state other than the access token, or
// decide what a record means: callers do. It imports the standard library and golang.org/x only.
package ninjaone
