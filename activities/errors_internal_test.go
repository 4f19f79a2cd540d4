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
)

func acceloSays(code int, status string) error {
	return &accelo.APIError{Operation: "CreateAsset", Method: http.MethodPost, Path: "/assets", StatusCode: code, Code: status}
}

func ninjaSays(code int, text string) error {
	return &ninjaone.APIError{Operation: "devices_detailed", Method: http.MethodGet, Path: "/v2/devices-detailed", StatusCode: code, Code: text}
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
