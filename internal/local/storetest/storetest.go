// Package storetest gives tests a database with the product's schema.
//
// The schema is made once for each test process and copied from then on, which takes a fraction of the time that the migrations take.
// It is for tests only.
package storetest

import (
	"context"
	"log/slog"
	"testing"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/store"
)

// Database creates a database with the current schema and no rows, and returns its DATABASE_URL. It is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	return localtest.Copy(t, func(ctx context.Context, url string) error {
		migrated, err := store.Open(ctx, url, store.Options{}, slog.New(slog.DiscardHandler))
		if err == nil {
			migrated.Close()
		}
		return err
	})
}
