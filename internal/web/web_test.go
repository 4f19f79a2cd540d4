package web_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/web"
)

// New rejects invalid options, and its error names the setting but not its value.
func TestNewRejectsInvalidOptions(t *testing.T) {
	t.Parallel()
	database, logger, buttons := &store.Store{}, slog.New(slog.DiscardHandler), &fakeOperations{}
	tests := []struct {
		name    string
		options web.Options
		want    string
	}{
		{"no database", web.Options{Operations: buttons, Logger: logger, AdminToken: adminToken}, "Store"},
		{"no logger", web.Options{Operations: buttons, Store: database, AdminToken: adminToken}, "Logger"},
		{"no operations", web.Options{Store: database, Logger: logger, AdminToken: adminToken}, "Operations"},
		{"no token", web.Options{Operations: buttons, Store: database, Logger: logger}, "ADMIN_TOKEN"},
		{
			"script URL",
			web.Options{Operations: buttons, Store: database, Logger: logger, AdminToken: adminToken, TemporalUIURL: "javascript:alert(1)"},
			"TEMPORAL_UI_URL",
		},
		{
			"URL without a scheme",
			web.Options{Operations: buttons, Store: database, Logger: logger, AdminToken: adminToken, TemporalUIURL: "temporal.example"},
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
