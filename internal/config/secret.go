package config

import (
	"fmt"
	"log/slog"
)

// redacted replaces the value of a Secret in every printed form.
const redacted = "[redacted]"

// Secret is a password, key or token. It is formatted, logged and marshaled as "[redacted]", or as "" if it is empty; only
// Reveal returns the value.
type Secret string

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format keeps the value out of every verb, including %#v and wrong ones such as %d, which bypass String.
func (s Secret) Format(state fmt.State, _ rune) {
	_, _ = state.Write([]byte(s.String())) // a formatter can't report a failed write
}

// LogValue keeps the value out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps the value out of JSON, YAML and other text encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
