package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/telemetry"
)

// A secret is masked in both formats, whether its key, its group, its type or its text gives it away.
func TestLoggerMasksSecrets(t *testing.T) {
	t.Parallel()
	address, err := url.Parse("https://user:hunter2@example.com/hook?secret=hunter2&id=5")
	require.NoError(t, err)
	tests := []struct {
		name      string
		attribute slog.Attr
		kept      string
	}{
		{"key", slog.String("client_secret", "hunter2"), "client_secret"},
		{"key in another spelling", named("X-Api-Key", "hunter2"), "X-Api-Key"},
		{"key within a word", named("AdminToken", "hunter2"), "AdminToken"},
		{"bytes", slog.Any("password", []byte("hunter2")), "password"},
		{"member of a group", slog.Group("credentials", slog.String("id", "hunter2")), "credentials"},
		{"key in a group", slog.Group("vendor", named("Authorization", "hunter2"), slog.Int("id", 5)), "5"},
		{"error with a URL", slog.Any("error", errors.New("dial postgres://sync:hunter2@db:5432/sync: refused")), "db:5432"},
		{"error with an empty user", slog.Any("error", errors.New("dial redis://:hunter2@cache")), "cache"},
		{"error with a query", slog.Any("error", errors.New(`Get "https://x/y?access_token=hunter2&b=c": EOF`)), "b=c"},
		{"text with a header", slog.String("line", "authorization: Bearer hunter2hunter2"), "Bearer [redacted]"},
		{"headers", slog.Any("headers", http.Header{"Cookie": {"hunter2"}, "Accept": {"a/b"}}), "a/b"},
		{"form", slog.Any("form", url.Values{"password": {"hunter2"}, "page": {"7"}}), "7"},
		{"URL", slog.Any("url", address), "example.com/hook"},
	}
	for _, test := range tests {
		for _, format := range []string{"text", "json"} {
			t.Run(test.name+" as "+format, func(t *testing.T) {
				t.Parallel()
				var out bytes.Buffer
				logger := telemetry.NewLogger(&out, slog.LevelInfo, format)
				logger.LogAttrs(t.Context(), slog.LevelInfo, "message", test.attribute)
				logger.With(test.attribute).Info("message")
				require.NotContains(t, out.String(), "hunter2")
				require.Contains(t, out.String(), "redacted")
				require.Contains(t, out.String(), test.kept)
			})
		}
	}
}

// named returns an attribute whose key is not in snake case.
func named(key, value string) slog.Attr { return slog.Attr{Key: key, Value: slog.StringValue(value)} }

// Everything else is logged unchanged, including an empty secret, which shows that it is not set.
func TestLoggerKeepsOtherValues(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := telemetry.NewLogger(&out, slog.LevelInfo, "json")
	logger.Info("see https://example.com:443/a@b", "organization_id", 7, "api_token", "", "name", "Basic Furniture", "nothing", (*url.URL)(nil))
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	delete(line, "time")
	require.Equal(t, map[string]any{
		"level": "INFO", "msg": "see https://example.com:443/a@b", "organization_id": 7.0, "api_token": "",
		"name": "Basic Furniture", "nothing": nil,
	}, line)
}

// Lower levels are dropped, and times are in UTC.
func TestLoggerLevelAndTime(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := telemetry.NewLogger(&out, slog.LevelWarn, "text")
	logger.Info("dropped")
	require.Empty(t, out.String())
	east := time.FixedZone("east", 3*60*60)
	logger.Warn("logged", "since", time.Date(2026, 1, 2, 3, 4, 5, 0, east))
	require.Regexp(t, `^time=\S+Z level=WARN msg=logged since=2026-01-02T00:04:05.000Z\n$`, out.String())
}
