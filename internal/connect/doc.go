// Package connect checks a connection and sets it up as far as the vendors' APIs allow: credentials, request type, asset type
// with its custom fields, capabilities. What only a person can do comes back as text, in the words of the vendors' menus.
//
// It may be run at any time and any number of times; it changes nothing that is in order. It makes no records: those are
// the flows' business.
package connect
