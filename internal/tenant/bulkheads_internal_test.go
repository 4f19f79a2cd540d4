package tenant

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/bulkhead"
	"ninjaone-accelo/internal/store"
)

// Each connection, vendor, address and lane has a share of its own: one that is full leaves every other one alone.
func TestSharesAreApart(t *testing.T) {
	t.Parallel()
	b := newBulkheads(time.Now, func(place, bool) {})
	urgent, bulk := t.Context(), accelo.WithLane(t.Context(), accelo.Bulk)
	full := b.gate("default", store.Accelo, "https://acme.api.accelo.com")
	for range bulkhead.Size {
		_, err := full(urgent)
		require.NoError(t, err)
	}
	_, err := full(urgent)
	var busy *bulkhead.BusyError
	require.ErrorAs(t, err, &busy)
	_, err = b.gate("default", store.Accelo, "https://acme.api.accelo.com")(urgent)
	require.ErrorAs(t, err, &busy, "the same place, for a client that was built anew")

	_, err = full(bulk)
	require.NoError(t, err)
	for _, other := range []struct {
		connection string
		vendor     store.Vendor
		address    string
	}{
		{"second", store.Accelo, "https://acme.api.accelo.com"},
		{"default", store.NinjaOne, "https://acme.api.accelo.com"},
		{"default", store.Accelo, "https://corrected.api.accelo.com"},
	} {
		_, err = b.gate(other.connection, other.vendor, other.address)(urgent)
		require.NoError(t, err, other)
	}
}

// Any answer of a vendor is one, whatever it says. A gateway that waited in vain for the vendor has none.
func TestEndOf(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx    context.Context //nolint:containedctx // the subject
		err    error
		expect bulkhead.End
	}{
		"success":              {t.Context(), nil, bulkhead.Answered},
		"success, unwanted":    {ended, nil, bulkhead.Answered},
		"Accelo's refusal":     {t.Context(), acceloSays(http.StatusBadRequest, "invalid_request"), bulkhead.Answered},
		"NinjaOne's refusal":   {t.Context(), ninjaSays(http.StatusForbidden, ""), bulkhead.Answered},
		"NinjaOne's 429":       {t.Context(), ninjaSays(http.StatusTooManyRequests, ""), bulkhead.Answered},
		"a gateway of Accelo":  {t.Context(), acceloSays(http.StatusGatewayTimeout, ""), bulkhead.Unanswered},
		"no answer":            {t.Context(), &accelo.TransportError{Err: context.DeadlineExceeded}, bulkhead.Unanswered},
		"no budget to ask":     {t.Context(), &accelo.BudgetError{Until: noon}, bulkhead.Abandoned},
		"too late to ask":      {t.Context(), &accelo.TransportError{Err: accelo.ErrStale}, bulkhead.Abandoned},
		"nobody is signed in":  {t.Context(), &accelo.TokenError{Err: &EndedGrantError{Connection: "default"}}, bulkhead.Abandoned},
		"no answer any longer": {ended, &accelo.TransportError{Err: context.Canceled}, bulkhead.Abandoned},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.expect, endOf(test.ctx, test.err))
		})
	}
}
