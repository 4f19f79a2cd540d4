package web_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/web"
)

// Options that cannot work are refused at start, and the error names the setting and not its value.
func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	database, logger := &store.Store{}, slog.New(slog.DiscardHandler)
	tests := []struct {
		name    string
		options web.Options
		want    string
	}{
		{"no database", web.Options{Logger: logger, AdminToken: adminToken}, "database"},
		{"no logger", web.Options{Store: database, AdminToken: adminToken}, "logger"},
		{"no token", web.Options{Store: database, Logger: logger}, "ADMIN_TOKEN"},
		{
			"script for an address",
			web.Options{Store: database, Logger: logger, AdminToken: adminToken, TemporalUIURL: "javascript:alert(1)"},
			"TEMPORAL_UI_URL",
		},
		{
			"address without a scheme",
			web.Options{Store: database, Logger: logger, AdminToken: adminToken, TemporalUIURL: "temporal.example"},
			"TEMPORAL_UI_URL",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := web.New(test.options)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), adminToken)
		})
	}
}
