// Package connect checks a connection and sets it up as far as the vendors' APIs allow: credentials, request type, asset type
// with its custom fields, webhooks and capabilities. It reports what only an administrator can do, in the words of the vendors' menus.
//
// It can run at any time and any number of times, and leaves alone what is set up. It may not create records: only syncs do.
package connect
