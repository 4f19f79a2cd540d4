package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ninjaone-accelo/internal/config"
)

// Printing, logging or marshaling a configuration shows no secret.
func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	loaded, err := config.Load(environ(bothVendors()))
	require.NoError(t, err)
	vendor := *loaded.Vendors
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&shown, verb+"\n", loaded.DatabaseURL)
		fmt.Fprintf(&shown, verb+"\n", vendor)
		fmt.Fprintf(&shown, verb+"\n", vendor.Accelo.ClientSecret)
	}
	asJSON, err := json.Marshal(vendor)
	require.NoError(t, err)
	asYAML, err := yaml.Marshal(vendor)
	require.NoError(t, err)
	shown.Write(asJSON)
	shown.Write(asYAML)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(handler).Info("loaded", "secret", vendor.Accelo.ClientSecret, "config", loaded, "vendors", vendor)
	}
	require.NotContains(t, shown.String(), "hunter2")
	require.NotContains(t, shown.String(), "accelo-secret")
	require.NotContains(t, shown.String(), fmt.Sprintf("%x", "accelo-secret"))
	require.Contains(t, shown.String(), "[redacted]")
	require.Equal(t, "accelo-secret", vendor.Accelo.ClientSecret.Reveal())
}

// An empty secret is printed as empty, so that messages distinguish it from one that is set.
func TestEmptySecret(t *testing.T) {
	t.Parallel()
	require.Empty(t, config.Secret("").String())
	require.Empty(t, fmt.Sprintf("%#v", config.Secret("")))
}
