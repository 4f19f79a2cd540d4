package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func acceloSays(code int, status string) error {
	return &accelo.APIError{Operation: "CreateAsset", Method: http.MethodPost, Path: "/assets", StatusCode: code, Code: status}
}

func ninjaSays(code int, text string) error {
	return &ninjaone.APIError{Operation: "devices_detailed", Method: http.MethodGet, Path: "/v2/devices-detailed", StatusCode: code, Code: text}
}

// What went wrong decides about the retry: never, at the policy's own pace, or when the vendor said.
func TestJudge(t *testing.T) {
	t.Parallel()
	const own = time.Duration(0)
	for _, test := range []struct {
		name        string
		err         error
		kind        string
		final       bool
		expected    bool
		least, most time.Duration
	}{
		{"our own refusal", refusedf(NotConnected, "connect first"), NotConnected, true, false, own, own},
		{"a claim that is held", &store.HeldError{Until: noon.Add(20 * time.Second)}, ClaimHeld, false, true, 20 * time.Second, 22 * time.Second},
		{"a claim that was held", &store.HeldError{Until: noon.Add(-time.Hour)}, ClaimHeld, false, true, 100 * time.Millisecond, 2 * time.Second},
		{"a link that a person has corrected meanwhile", store.ErrSuperseded, Overtaken, false, true, own, own},
		{"the budget", &accelo.BudgetError{Until: noon.Add(time.Hour)}, WaitingForBudget, false, true, time.Hour, time.Hour + 4*time.Second},
		{"Accelo's rate limit", acceloSays(429, "too_many_requests"), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{"Accelo's lock-out", acceloSays(401, "too_many_failed_logins"), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{
			"a lock-out that is remembered", &accelo.TokenError{Until: noon.Add(5 * time.Minute), Err: acceloSays(401, "too_many_failed_logins")},
			RateLimited, false, false, 5 * time.Minute, 5 * time.Minute,
		},
		{"NinjaOne's rate limit", &ninjaone.APIError{StatusCode: 429, RetryAt: noon.Add(90 * time.Second)}, RateLimited, false, false, 90 * time.Second, 90 * time.Second},
		{"NinjaOne's rate limit without a time", ninjaSays(429, ""), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{"NinjaOne's throttle page", ninjaSays(200, ninjaone.CodeThrottlePage), RateLimited, false, false, 5 * time.Second, 5 * time.Second},
		{"Accelo's token", &accelo.TokenError{Err: acceloSays(401, "invalid_client")}, WrongCredential, false, false, time.Minute, time.Minute},
		{"Accelo's permissions", acceloSays(403, "invalid_permission"), WrongCredential, false, false, time.Minute, time.Minute},
		{"NinjaOne's secret", ninjaSays(401, "invalid_client"), WrongCredential, false, false, time.Minute, time.Minute},
		{"NinjaOne's scope", ninjaSays(403, ""), WrongCredential, false, false, time.Minute, time.Minute},
		{"NinjaOne's region", ninjaSays(404, "Client app not exist"), WrongCredential, false, false, time.Minute, time.Minute},
		{"a bad value", acceloSays(400, "invalid_request"), Refused, true, false, own, own},
		{"a bad value with 200", acceloSays(200, "invalid_request"), Refused, true, false, own, own},
		{"a duplicate", acceloSays(409, "duplicate"), Refused, true, false, own, own},
		{"what cannot be sent to Accelo", fmt.Errorf("field: %w", accelo.ErrInvalid), Refused, true, false, own, own},
		{"what cannot be sent to NinjaOne", fmt.Errorf("id 0: %w", ninjaone.ErrInvalid), Refused, true, false, own, own},
		{"an error of Accelo", acceloSays(500, "server_error"), Unavailable, false, false, own, own},
		{"a proxy's page", acceloSays(502, ""), Unavailable, false, false, own, own},
		{"no reply", &accelo.TransportError{Sent: true, Err: errors.New("connection reset")}, Unavailable, false, false, own, own},
		{"a claim that ran out", &accelo.TransportError{Err: accelo.ErrStale}, Unavailable, false, false, own, own},
		{"a missing route of NinjaOne", ninjaSays(404, ""), Unavailable, false, false, own, own},
		{"the database", errors.New("connection refused"), Unavailable, false, false, own, own},
		{"a time limit", context.DeadlineExceeded, Unavailable, false, false, own, own},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, err := range []error{test.err, fmt.Errorf("create the asset of device 7: %w", test.err), errors.Join(test.err, errors.New("and more"))} {
				verdict := judge(err, noon)
				require.Equal(t, test.kind, verdict.kind)
				require.Equal(t, test.final, verdict.final)
				require.Equal(t, test.expected, verdict.expected)
				require.GreaterOrEqual(t, verdict.delay, test.least)
				require.LessOrEqual(t, verdict.delay, test.most)
			}
		})
	}
}

// Many that wait for the same moment come back spread out.
func TestWaitsAreSpread(t *testing.T) {
	t.Parallel()
	delays := map[time.Duration]bool{}
	for range 20 {
		delays[judge(&accelo.BudgetError{Until: noon.Add(time.Minute)}, noon).delay] = true
	}
	require.Greater(t, len(delays), 10)
}

// A failed create is over when Accelo itself answered, and may still be under way when something before it did.
func TestFateOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  error
		fate store.CreateOutcome
	}{
		{"refused", acceloSays(400, "invalid_request"), store.NotCreated},
		{"rate limited", acceloSays(429, "too_many_requests"), store.NotCreated},
		{"held back", &accelo.BudgetError{}, store.NotCreated},
		{"no token", &accelo.TokenError{Err: &accelo.TransportError{Method: "POST", Sent: true}}, store.NotCreated},
		{"not sent", &accelo.TransportError{Method: "POST", Err: accelo.ErrStale}, store.NotCreated},
		{"our own database", errors.New("connection refused"), store.NotCreated},
		{"Accelo's error", acceloSays(500, "server_error"), store.Unknown},
		{"neither yes nor no", acceloSays(200, "server_error"), store.Unknown},
		{"a proxy's time limit", acceloSays(504, ""), store.InFlight},
		{"no reply", &accelo.TransportError{Method: "POST", Sent: true, Err: context.DeadlineExceeded}, store.InFlight},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.fate, createOutcome(fmt.Errorf("create the asset of device 7: %w", test.err)))
		})
	}
}

// ending is what Temporal sees of an activity that ends with an error.
func ending(t *testing.T, cause error) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	end := func(ctx context.Context) error { return translate(ctx, cause) }
	env.RegisterActivityWithOptions(end, activity.RegisterOptions{Name: "Ending"})
	_, err := env.ExecuteActivity("Ending")
	return err
}

// Temporal gets the kind, the delay and whether to retry with the outermost error, and people get the whole text.
func TestTranslate(t *testing.T) {
	t.Parallel()
	require.NoError(t, translate(t.Context(), nil))

	var application *temporal.ApplicationError
	require.ErrorAs(t, ending(t, fmt.Errorf("create the asset of device 7: %w", acceloSays(400, "invalid_request"))), &application)
	require.Equal(t, Refused, application.Type())
	require.True(t, application.NonRetryable())
	require.Equal(t, "create the asset of device 7: accelo: CreateAsset: POST /assets: 400 invalid_request", application.Message())

	require.ErrorAs(t, ending(t, &accelo.BudgetError{Until: time.Now().Add(time.Hour), Limit: 5000, Remaining: 1000}), &application)
	require.Equal(t, WaitingForBudget, application.Type())
	require.False(t, application.NonRetryable())
	require.Greater(t, application.NextRetryDelay(), 59*time.Minute)
	require.Equal(t, temporal.ApplicationErrorCategoryBenign, application.Category())

	require.ErrorAs(t, ending(t, ninjaSays(401, "invalid_client")), &application)
	require.Equal(t, WrongCredential, application.Type())
	require.NotEqual(t, temporal.ApplicationErrorCategoryBenign, application.Category(), "somebody has to look")
}

// An activity that the workflow cancelled ends as cancelled. One that ends with its worker is tried again.
func TestTranslateCancellation(t *testing.T) {
	t.Parallel()
	cut := fmt.Errorf("read Accelo's assets: %w", &accelo.TransportError{Err: context.Canceled})
	var application *temporal.ApplicationError

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(temporal.NewCanceledError())
	require.Equal(t, context.Canceled, translate(ctx, cut))
	require.ErrorAs(t, translate(ctx, acceloSays(400, "invalid_request")), &application, "what happened before it counts")
	require.Equal(t, Refused, application.Type())

	ctx, cancel = context.WithCancelCause(t.Context())
	cancel(errors.New("the worker stops"))
	require.ErrorAs(t, translate(ctx, cut), &application)
	require.False(t, application.NonRetryable())
	require.Equal(t, Unavailable, application.Type())
}
