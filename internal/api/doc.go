// Package api serves the JSON API under /api/v1 (interface.md 9). One typed definition of each route decodes and checks requests, and
// makes the OpenAPI document. Operations go through internal/operate, so they follow the same rules as the commands and the page.
//
// Every request carries the admin token or an API token as a bearer token; cookies count for nothing. The package may not call a vendor,
// run SQL or show a credential.
package api
