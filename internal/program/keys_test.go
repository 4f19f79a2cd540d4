package program

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/tenant"
)

// A program ends with its reason once it can open nothing of what is stored. An outage of the database doesn't end it.
func TestWatchKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []error{nil, errors.New("database is down"), nil, fmt.Errorf("check: %w", &tenant.WrongKeyError{Owners: []string{"default"}})}
		began, checks := time.Now(), 0
		err := watchKeys(t.Context(), time.Minute, func(context.Context) error { checks++; return answers[checks-1] })
		require.ErrorContains(t, err, "CREDENTIALS_KEY opens nothing of what is stored in this database (default)")
		require.Equal(t, 4*time.Minute, time.Since(began))
		require.Equal(t, ExitBadUsage, ExitCode(err))

		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		require.NoError(t, watchKeys(ctx, time.Minute, func(context.Context) error { return nil }))
	})
}
