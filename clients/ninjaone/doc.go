// Package ninjaone is a typed client for the NinjaOne REST API v2: authentication, paging, bounded reads and typed errors.
// Comments cite the description of the API in docs/vendors as "ninjaone.md 3.1".
//
// The client does not retry (except once with a new token after a 401), limit its request rate, log, or decide what a
// record means: its callers do. Its only state is the access token. Of this module, it imports only internal/oauthcache
// and internal/version.
package ninjaone
