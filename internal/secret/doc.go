// Package secret seals the vendors' credentials for storage, and makes the random tokens that webhooks are known by.
//
// It may not read settings, store anything, or log; a plaintext never appears in its errors.
package secret
