package config

import (
	"fmt"
	"log/slog"
)

// redacted is what every printed form of a Secret shows.
const redacted = "[redacted]"

// Secret is a value that must not be shown: a password, a key, a token. However it is formatted, logged or marshalled,
// it reads "[redacted]" (or nothing, when empty); only Reveal gives the value.
type Secret string

// Reveal returns the value itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString keeps the value out of %#v.
func (s Secret) GoString() string { return fmt.Sprintf("config.Secret(%q)", s.String()) }

// Format keeps the value out of every other verb, including wrong ones such as %d, which bypass String.
func (s Secret) Format(state fmt.State, verb rune) {
	shown := s.String()
	if verb == 'v' && state.Flag('#') {
		shown = s.GoString()
	}
	// A formatter has nobody to report a failed write to; fmt does the same.
	_, _ = state.Write([]byte(shown))
}

// LogValue keeps the value out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps the value out of JSON, YAML and every other encoding that asks for text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
