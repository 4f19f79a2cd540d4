// Package accelo is a typed client of Accelo's public REST API (v0) as far as this product needs it, the calls beyond
// the documentation included. It speaks the wire format and nothing else: tokens, envelope, string scalars, field
// lists, filters, paging, the hourly budget and errors that say whether a write may have been carried out.
//
// It may not decide what is synchronized, may not store anything and may not retry: the one exception is a single new
// token after a 401. Of this module it imports only the domain rules, to compare names.
package accelo
