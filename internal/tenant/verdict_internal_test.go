package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/bulkhead"
	"ninjaone-accelo/internal/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func acceloSays(code int, status string) error {
	return &accelo.APIError{Operation: "CreateAsset", Method: http.MethodPost, Path: "/assets", StatusCode: code, Code: status}
}

func ninjaSays(code int, text string) error {
	return &ninjaone.APIError{Operation: "devices_detailed", Method: http.MethodGet, Path: "/v2/devices-detailed", StatusCode: code, Code: text}
}

// The kind of an error decides about the retry: never, as the retry policy says, or when the vendor asked for it.
func TestClassify(t *testing.T) {
	t.Parallel()
	const policy = time.Duration(0)
	for _, test := range []struct {
		name        string
		err         error
		kind        Kind
		final       bool
		expected    bool
		least, most time.Duration
	}{
		{"our own refusal", Refusef(NotConnected, "connect first"), NotConnected, true, false, policy, policy},
		{"a claim held by another worker", &store.HeldError{Until: noon.Add(20 * time.Second)}, ClaimHeld, false, true, 20 * time.Second, 22 * time.Second},
		{"a claim that has expired by now", &store.HeldError{Until: noon.Add(-time.Hour)}, ClaimHeld, false, true, 100 * time.Millisecond, 2 * time.Second},
		{"a link that someone corrected in the meantime", store.ErrSuperseded, Superseded, false, true, policy, policy},
		{
			"a vendor that hangs", &accelo.TransportError{Err: &bulkhead.BusyError{Until: noon.Add(10 * time.Second), Hangs: true}},
			VendorBusy, false, true, 10 * time.Second, 16 * time.Second,
		},
		{
			"enough calls of NinjaOne", &ninjaone.TransportError{Err: &bulkhead.BusyError{Until: noon.Add(time.Second)}},
			VendorBusy, false, true, time.Second, 7 * time.Second,
		},
		{"an exhausted budget", &accelo.BudgetError{Until: noon.Add(time.Hour)}, WaitingForBudget, false, true, time.Hour, time.Hour + 4*time.Second},
		{"Accelo's rate limit", acceloSays(429, "too_many_requests"), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{"Accelo's lock-out", acceloSays(401, "too_many_failed_logins"), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{
			"a remembered lock-out", &accelo.TokenError{Until: noon.Add(5 * time.Minute), Err: acceloSays(401, "too_many_failed_logins")},
			RateLimited, false, false, 5 * time.Minute, 5 * time.Minute,
		},
		{"NinjaOne's rate limit", &ninjaone.APIError{StatusCode: 429, RetryAt: noon.Add(90 * time.Second)}, RateLimited, false, false, 90 * time.Second, 90 * time.Second},
		{"NinjaOne asks for a day", &ninjaone.APIError{StatusCode: 429, RetryAt: noon.Add(24 * time.Hour)}, RateLimited, false, false, 5 * time.Minute, 5 * time.Minute},
		{"Accelo asks for a day", &accelo.APIError{StatusCode: 429, Code: "too_many_requests", RetryAt: noon.Add(24 * time.Hour)}, RateLimited, false, false, 5 * time.Minute, 5 * time.Minute},
		{"NinjaOne's rate limit without Retry-After", ninjaSays(429, ""), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{"NinjaOne's throttle page", ninjaSays(200, ninjaone.CodeThrottlePage), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{"Accelo's token", &accelo.TokenError{Err: acceloSays(401, "invalid_client")}, WrongCredential, false, false, time.Minute, time.Minute},
		{"Accelo's permissions", acceloSays(403, "invalid_permission"), WrongCredential, false, false, time.Minute, time.Minute},
		{"NinjaOne's secret", ninjaSays(401, "invalid_client"), WrongCredential, false, false, time.Minute, time.Minute},
		{"NinjaOne's scope", ninjaSays(403, ""), WrongCredential, false, false, time.Minute, time.Minute},
		{"NinjaOne's region", ninjaSays(404, "Client app not exist"), WrongCredential, false, false, time.Minute, time.Minute},
		{"a sign-in that ended", &EndedGrantError{Connection: "default"}, ReconnectRequired, false, false, 5 * time.Minute, 5 * time.Minute},
		{
			"a sign-in at Accelo that ended", &accelo.TokenError{Err: &EndedGrantError{Connection: "default"}},
			ReconnectRequired, false, false, 5 * time.Minute, 5 * time.Minute,
		},
		{"a bad value", acceloSays(400, "invalid_request"), Refused, true, false, policy, policy},
		{"a bad value with status 200", acceloSays(200, "invalid_request"), Refused, true, false, policy, policy},
		{"a duplicate", acceloSays(409, "duplicate"), Refused, true, false, policy, policy},
		{"an incomplete request to Accelo", fmt.Errorf("field: %w", accelo.ErrInvalid), Refused, true, false, policy, policy},
		{"an incomplete request to NinjaOne", fmt.Errorf("id 0: %w", ninjaone.ErrInvalid), Refused, true, false, policy, policy},
		{"an error of Accelo", acceloSays(500, "server_error"), Unavailable, false, false, policy, policy},
		{"a proxy's page", acceloSays(502, ""), Unavailable, false, false, policy, policy},
		{"no reply", &accelo.TransportError{Sent: true, Err: errors.New("connection reset")}, Unavailable, false, false, policy, policy},
		{"an expired claim", &accelo.TransportError{Err: accelo.ErrStale}, Unavailable, false, false, policy, policy},
		{"a missing route of NinjaOne", ninjaSays(404, ""), Unavailable, false, false, policy, policy},
		{"the database", errors.New("connection refused"), Unavailable, false, false, policy, policy},
		{"a timeout", context.DeadlineExceeded, Unavailable, false, false, policy, policy},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, err := range []error{test.err, fmt.Errorf("create the asset of device 7: %w", test.err), errors.Join(test.err, errors.New("and more"))} {
				verdict := Classify(err, noon)
				require.Equal(t, test.kind, verdict.Kind)
				require.Equal(t, test.final, verdict.Final)
				require.Equal(t, test.expected, verdict.Expected)
				require.GreaterOrEqual(t, verdict.Delay, test.least)
				require.LessOrEqual(t, verdict.Delay, test.most)
			}
		})
	}
}

// Attempts that wait for the same moment are spread out.
func TestClassifySpreadsDelays(t *testing.T) {
	t.Parallel()
	delays := map[time.Duration]bool{}
	for range 20 {
		delays[Classify(&accelo.BudgetError{Until: noon.Add(time.Minute)}, noon).Delay] = true
	}
	require.Greater(t, len(delays), 10)
}

// A failed create has ended if Accelo itself answered. If a proxy answered, it may still be in flight.
func TestCreateOutcome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		err     error
		outcome store.CreateOutcome
	}{
		{"rejected", acceloSays(400, "invalid_request"), store.NotCreated},
		{"rate limited", acceloSays(429, "too_many_requests"), store.NotCreated},
		{"waiting for the budget", &accelo.BudgetError{}, store.NotCreated},
		{"no token", &accelo.TokenError{Err: &accelo.TransportError{Method: "POST", Sent: true}}, store.NotCreated},
		{"not sent", &accelo.TransportError{Method: "POST", Err: accelo.ErrStale}, store.NotCreated},
		{"our own database", errors.New("connection refused"), store.NotCreated},
		{"a server error", acceloSays(500, "server_error"), store.Unknown},
		{"an error with status 200", acceloSays(200, "server_error"), store.Unknown},
		{"a gateway timeout", acceloSays(504, ""), store.InFlight},
		{"no reply", &accelo.TransportError{Method: "POST", Sent: true, Err: context.DeadlineExceeded}, store.InFlight},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.outcome, CreateOutcome(fmt.Errorf("create the asset of device 7: %w", test.err)))
		})
	}
}
