package temporalx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc/codes"

	"ninjaone-accelo/internal/flow"
)

var (
	// ErrUnreachable marks errors that may pass once Temporal is started or set up.
	ErrUnreachable = errors.New("unreachable")
	// ErrRefused marks errors that need other credentials.
	ErrRefused = errors.New("refused")
)

// dialError says what to do about an error, and what kind it is.
type dialError struct {
	kind   error
	advice string
	cause  error
}

func (e *dialError) Error() string   { return e.advice + ": " + e.cause.Error() }
func (e *dialError) Unwrap() []error { return []error{e.kind, e.cause} }

// redialInterval is the time between two attempts of DialWithin.
const redialInterval = 500 * time.Millisecond

// Options say how to connect to Temporal.
type Options struct {
	// Environ holds the TEMPORAL_* variables, in the form of os.Environ.
	Environ []string
	// Logger receives the SDK's log; nil drops it.
	Logger *slog.Logger
	// MetricsHandler receives the SDK's metrics; nil drops them.
	MetricsHandler client.MetricsHandler
}

// Dial connects once and checks that the namespace exists. Its errors say what to do, and wrap ErrSettings,
// ErrUnreachable or ErrRefused. The caller closes the client.
func Dial(ctx context.Context, o Options) (client.Client, error) {
	options, err := o.clientOptions()
	if err != nil {
		return nil, err
	}
	return dial(ctx, options)
}

// DialWithin is Dial with retries while Temporal is unreachable or the namespace does not exist yet, for example because
// everything is starting at the same time.
func DialWithin(ctx context.Context, o Options, within time.Duration) (client.Client, error) {
	options, err := o.clientOptions()
	if err != nil {
		return nil, err
	}
	budget, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	ticker := time.NewTicker(redialInterval)
	defer ticker.Stop()
	for first := true; ; first = false {
		c, err := dial(budget, options)
		if err == nil || !errors.Is(err, ErrUnreachable) {
			return c, err
		}
		if first && o.Logger != nil {
			o.Logger.WarnContext(ctx, "waiting for Temporal", "address", options.HostPort, "within", within, "error", err)
		}
		select {
		case <-ticker.C:
		case <-budget.Done():
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("gave up after %s: %w", within, err)
		}
	}
}

func (o Options) clientOptions() (client.Options, error) {
	options, err := clientOptions(o.Environ)
	if err != nil {
		return options, err
	}
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	options.Logger = log.NewStructuredLogger(logger)
	options.MetricsHandler = o.MetricsHandler
	options.ContextPropagators = []workflow.ContextPropagator{flow.PairPropagator()}
	// Our messages are small: compressing them takes longer than sending them.
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	return options, nil
}

func dial(ctx context.Context, options client.Options) (client.Client, error) {
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, explain(err, options)
	}
	_, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: options.Namespace})
	if err != nil {
		c.Close()
		return nil, explain(err, options)
	}
	return c, nil
}

// explain adds what to do about an error of the first calls.
func explain(err error, options client.Options) error {
	var missing *serviceerror.NamespaceNotFound
	code := serviceerror.ToStatus(err).Code()
	at, namespace := options.HostPort, options.Namespace
	switch {
	case errors.As(err, &missing) || code == codes.NotFound:
		return &dialError{ErrUnreachable, fmt.Sprintf("Temporal at %s has no namespace %q: "+
			"create it with `temporal operator namespace create`, or set TEMPORAL_NAMESPACE", at, namespace), err}
	case code == codes.Unauthenticated || code == codes.PermissionDenied:
		return &dialError{ErrRefused, fmt.Sprintf("Temporal at %s denies access to namespace %q: "+
			"check TEMPORAL_API_KEY, TEMPORAL_TLS_* and TEMPORAL_NAMESPACE", at, namespace), err}
	}
	return &dialError{ErrUnreachable, fmt.Sprintf("Temporal at %s does not answer: "+
		"start it or set TEMPORAL_ADDRESS (and TEMPORAL_TLS=true if it requires TLS)", at), err}
}

// Healthy returns a readiness check that fails while Temporal is not serving.
func Healthy(c client.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := c.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	}
}
