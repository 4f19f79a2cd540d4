// Package secret encrypts vendor credentials for storage, and generates the random tokens that authenticate webhooks.
//
// It may not read settings, store anything, or log. Its errors never contain plaintext.
package secret
