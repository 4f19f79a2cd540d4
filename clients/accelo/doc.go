// Package accelo is a typed client for the part of Accelo's REST API (v0) that this product uses, including calls that
// Accelo does not document. It handles the wire format: tokens, the envelope, scalars in strings, field lists, filters,
// paging, the hourly budget, and errors that report whether a write may have happened. Comments cite the description of the
// API in docs/vendors as "accelo.md 3.1".
//
// The client does not retry (except once with a new token after a 401), store anything, or decide what to synchronize: its
// callers do. Of this module, it imports only internal/oauthcache, internal/version, and internal/rules to compare names.
package accelo
