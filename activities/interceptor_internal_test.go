package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func acceloSays(code int, status string) error {
	return &accelo.APIError{Operation: "CreateAsset", Method: http.MethodPost, Path: "/assets", StatusCode: code, Code: status}
}

func ninjaSays(code int, text string) error {
	return &ninjaone.APIError{Operation: "devices_detailed", Method: http.MethodGet, Path: "/v2/devices-detailed", StatusCode: code, Code: text}
}

// execution runs one function as an activity under the interceptor.
type execution struct {
	t       *testing.T
	env     *testsuite.TestActivityEnvironment
	options worker.Options
	added   map[string]store.Calls // to which import
	log     *strings.Builder
}

func newExecution(t *testing.T) *execution {
	t.Helper()
	e := &execution{t: t, added: map[string]store.Calls{}, log: &strings.Builder{}}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(e.log, nil))))
	e.env = suite.NewTestActivityEnvironment()
	e.options.Interceptors = []interceptor.WorkerInterceptor{&workerInterceptor{
		addCalls: func(_ context.Context, importID string, calls store.Calls) error {
			e.added[importID] = calls
			return nil
		},
	}}
	return e
}

func (e *execution) run(do func(ctx context.Context, in ImportBeginInput) error) error {
	e.t.Helper()
	e.env.SetWorkerOptions(e.options)
	e.env.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: "Test"})
	_, err := e.env.ExecuteActivity("Test", ImportBeginInput{ImportID: "import-1"})
	return err
}

func (e *execution) runLocal(do func(ctx context.Context, in ImportBeginInput) error) error {
	e.t.Helper()
	e.env.SetWorkerOptions(e.options)
	_, err := e.env.ExecuteLocalActivity(do, ImportBeginInput{ImportID: "import-1"})
	return err
}

// application returns the application error that Temporal got. Its causes, which Temporal converts to application errors of
// their Go types, must not have been translated as well.
func application(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	var translated, cause *temporal.ApplicationError
	require.ErrorAs(t, err, &translated)
	for inner := errors.Unwrap(translated); errors.As(inner, &cause); inner = errors.Unwrap(cause) {
		require.NotEqual(t, translated.Type(), cause.Type(), "translated twice")
	}
	return translated
}

// Normal and local activities fail with one application error of the right kind.
func TestInterceptorTranslatesErrors(t *testing.T) {
	t.Parallel()
	fail := func(context.Context, ImportBeginInput) error {
		return fmt.Errorf("create the asset of device 7: %w", acceloSays(400, "invalid_request"))
	}
	for name, run := range map[string]func(*execution) error{
		"normal": func(e *execution) error { return e.run(fail) },
		"local":  func(e *execution) error { return e.runLocal(fail) },
	} {
		err := application(t, run(newExecution(t)))
		require.Equal(t, Refused, err.Type(), name)
		require.True(t, err.NonRetryable(), name)
		require.Equal(t, "create the asset of device 7: accelo: CreateAsset: POST /assets: 400 invalid_request", err.Message(), name)
	}
	succeed := func(context.Context, ImportBeginInput) error { return nil }
	require.NoError(t, newExecution(t).run(succeed))
	require.NoError(t, newExecution(t).runLocal(succeed))
}

// The application error carries the delay and the category. An administrator has to notice rejected credentials, so they are
// logged as an error.
func TestInterceptorErrorDetails(t *testing.T) {
	t.Parallel()
	e := newExecution(t)
	err := application(t, e.run(func(context.Context, ImportBeginInput) error {
		return &accelo.BudgetError{Until: time.Now().Add(time.Hour), Limit: 5000, Remaining: 1000}
	}))
	require.Equal(t, WaitingForBudget, err.Type())
	require.False(t, err.NonRetryable())
	require.Greater(t, err.NextRetryDelay(), 59*time.Minute)
	require.Equal(t, temporal.ApplicationErrorCategoryBenign, err.Category())
	require.NotContains(t, e.log.String(), "level=ERROR")

	e = newExecution(t)
	err = application(t, e.run(func(context.Context, ImportBeginInput) error { return ninjaSays(401, "invalid_client") }))
	require.Equal(t, WrongCredential, err.Type())
	require.NotEqual(t, temporal.ApplicationErrorCategoryBenign, err.Category())
	require.Contains(t, e.log.String(), `level=ERROR msg="a vendor rejects our credentials"`)
}

// An activity that the workflow cancelled ends as cancelled. An error from before the cancellation still counts.
func TestInterceptorCancelled(t *testing.T) {
	t.Parallel()
	cancelledAfter := func(result error) error {
		e := newExecution(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		e.options.BackgroundActivityContext = ctx
		return e.run(func(ctx context.Context, _ ImportBeginInput) error {
			cancel(temporal.NewCanceledError())
			<-ctx.Done()
			return result
		})
	}
	cut := fmt.Errorf("read Accelo's assets: %w", &accelo.TransportError{Err: context.Canceled})
	require.True(t, temporal.IsCanceledError(cancelledAfter(cut)))
	require.Equal(t, Refused, application(t, cancelledAfter(acceloSays(400, "invalid_request"))).Type())
}

// An activity that is cut off by its worker's end is retried. A long one can stop early, and is retried too.
func TestInterceptorWorkerStops(t *testing.T) {
	t.Parallel()
	e := newExecution(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e.options.BackgroundActivityContext = ctx
	err := application(t, e.run(func(ctx context.Context, _ ImportBeginInput) error {
		cancel()
		<-ctx.Done()
		return fmt.Errorf("read Accelo's assets: %w", ctx.Err())
	}))
	require.Equal(t, Unavailable, err.Type())
	require.False(t, err.NonRetryable())

	e = newExecution(t)
	stop := make(chan struct{})
	e.env.SetWorkerStopChannel(stop)
	err = application(t, e.run(func(ctx context.Context, _ ImportBeginInput) error {
		if err := interrupted(ctx); err != nil {
			return err
		}
		close(stop)
		return interrupted(ctx)
	}))
	require.Equal(t, Unavailable, err.Type())
	require.ErrorContains(t, err, errStopping.Error())
}

// The calls of an activity whose input names an import are added to that import, even if the activity fails. The result of any
// other activity can report them.
func TestInterceptorCountsCalls(t *testing.T) {
	t.Parallel()
	vendor := func(ctx context.Context) { // one call to NinjaOne
		client, err := ninjaone.New(ninjaone.Options{
			BaseURL: "https://app.ninjarmm.com", Credentials: ninjaone.Credentials{AccessKeyID: "id", SecretAccessKey: "c2VjcmV0"},
			Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") }),
			Observe:   tenant.CountNinjaOne,
		})
		require.NoError(t, err)
		_, err = client.Device(ctx, 1)
		require.Error(t, err)
	}
	for _, result := range []error{nil, errors.New("failed")} {
		e := newExecution(t)
		err := e.run(func(ctx context.Context, _ ImportBeginInput) error { vendor(ctx); return result })
		require.Equal(t, result != nil, err != nil)
		require.Equal(t, map[string]store.Calls{"import-1": {NinjaoneCalls: 1}}, e.added)
	}
	e := newExecution(t)
	require.NoError(t, e.runLocal(func(ctx context.Context, _ ImportBeginInput) error {
		vendor(ctx)
		require.Equal(t, int64(1), apiCalls(ctx).Ninjaone)
		return nil
	}))
	require.Empty(t, e.added, "what the result reports is not added again")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// Only an activity that reports progress heartbeats at its end, with the last progress. One that finishes quickly never does.
func TestInterceptorHeartbeats(t *testing.T) {
	t.Parallel()
	beats := func(do func(ctx context.Context)) (details []int) {
		e := newExecution(t)
		e.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, values converter.EncodedValues) {
			var value int
			require.NoError(t, values.Get(&value))
			details = append(details, value)
		})
		require.NoError(t, e.run(func(ctx context.Context, _ ImportBeginInput) error { do(ctx); return nil }))
		return details
	}
	require.Empty(t, beats(func(context.Context) {}))
	require.Equal(t, []int{2}, beats(func(ctx context.Context) {
		reportProgress(ctx, 1)
		reportProgress(ctx, 2)
	}))
}

// every calls until it is stopped, and not afterwards.
func TestEvery(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	third := make(chan struct{})
	stop := every(time.Millisecond, func() {
		if calls.Add(1) == 3 {
			close(third)
		}
	})
	<-third
	stop()
	after := calls.Load()
	stop = every(time.Hour, func() { calls.Add(1) })
	stop()
	require.Equal(t, after, calls.Load())
}
