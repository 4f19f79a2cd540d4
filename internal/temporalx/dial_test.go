package temporalx_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/temporalx"
)

// server is a Temporal server that can only describe a namespace, and fails the first calls.
type server struct {
	workflowservice.UnimplementedWorkflowServiceServer
	calls  atomic.Int32
	errors []error // the results of the first calls
}

func (s *server) DescribeNamespace(
	context.Context, *workflowservice.DescribeNamespaceRequest,
) (*workflowservice.DescribeNamespaceResponse, error) {
	if n := int(s.calls.Add(1)); n <= len(s.errors) {
		return nil, s.errors[n-1]
	}
	return &workflowservice.DescribeNamespaceResponse{}, nil
}

// start serves on a free port and returns an environment with its address.
func (s *server) start(t *testing.T) []string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	service := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(service, s)
	served := make(chan error, 1)
	go func() { served <- service.Serve(listener) }()
	t.Cleanup(func() {
		service.Stop()
		require.NoError(t, <-served)
	})
	return []string{"TEMPORAL_ADDRESS=" + listener.Addr().String(), "TEMPORAL_NAMESPACE=msp"}
}

// nowhere is an environment with an address on which nothing listens.
var nowhere = []string{"TEMPORAL_ADDRESS=127.0.0.1:1"}

// Dial connects to a real server, which is healthy, and the error for a missing namespace names it.
func TestDial(t *testing.T) {
	t.Parallel()
	address, namespace := localtest.Temporal(t)
	environ := []string{"TEMPORAL_ADDRESS=" + address, "TEMPORAL_NAMESPACE=" + namespace}
	metrics, err := telemetry.NewMetrics(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	c, err := temporalx.Dial(t.Context(), temporalx.Options{Environ: environ, MetricsHandler: metrics.TemporalHandler()})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, temporalx.Healthy(c)(t.Context()))

	_, err = temporalx.Dial(t.Context(), temporalx.Options{Environ: append(environ, "TEMPORAL_NAMESPACE=nowhere")})
	require.ErrorIs(t, err, temporalx.ErrUnreachable)
	require.ErrorContains(t, err, "Temporal at "+address+` has no namespace "nowhere": create it with`)
}

// Each kind of error says what to do about it.
func TestDialErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		kind error
		want string
	}{
		{"no such namespace", serviceerror.NewNamespaceNotFound("msp"), temporalx.ErrUnreachable, `has no namespace "msp"`},
		{"no permission", status.Error(codes.PermissionDenied, "no"), temporalx.ErrRefused, "check TEMPORAL_API_KEY"},
		{"no authentication", status.Error(codes.Unauthenticated, "no"), temporalx.ErrRefused, "check TEMPORAL_API_KEY"},
		{"starting", status.Error(codes.Unavailable, "no"), temporalx.ErrUnreachable, "does not answer: start it or set TEMPORAL_ADDRESS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := server{errors: []error{convert(test.err)}}
			_, err := temporalx.Dial(t.Context(), temporalx.Options{Environ: s.start(t)})
			require.ErrorIs(t, err, test.kind)
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := temporalx.Dial(t.Context(), temporalx.Options{Environ: nowhere})
	require.ErrorIs(t, err, temporalx.ErrUnreachable)
	require.ErrorContains(t, err, "Temporal at 127.0.0.1:1 does not answer: start it or set TEMPORAL_ADDRESS")
}

// convert returns an error as gRPC transmits it.
func convert(err error) error { return serviceerror.ToStatus(err).Err() }

// DialWithin waits for a server and a namespace that do not exist yet, and logs the wait once.
func TestDialWithinWaits(t *testing.T) {
	t.Parallel()
	s := server{errors: []error{
		convert(status.Error(codes.Unavailable, "starting")), convert(serviceerror.NewNamespaceNotFound("msp")),
	}}
	var log strings.Builder
	c, err := temporalx.DialWithin(t.Context(), temporalx.Options{
		Environ: s.start(t), Logger: telemetry.NewLogger(&log, slog.LevelWarn, "text"),
	}, time.Minute)
	require.NoError(t, err)
	c.Close()
	require.EqualValues(t, 3, s.calls.Load())
	require.Equal(t, 1, strings.Count(log.String(), `msg="waiting for Temporal"`))
}

// DialWithin gives up immediately if access is denied, after the time limit, and when its context is canceled.
func TestDialWithinGivesUp(t *testing.T) {
	t.Parallel()
	denying := server{errors: []error{convert(status.Error(codes.PermissionDenied, "no"))}}
	_, err := temporalx.DialWithin(t.Context(), temporalx.Options{Environ: denying.start(t)}, time.Hour)
	require.ErrorIs(t, err, temporalx.ErrRefused)
	require.EqualValues(t, 1, denying.calls.Load())

	_, err = temporalx.DialWithin(t.Context(), temporalx.Options{Environ: nowhere}, time.Millisecond)
	require.ErrorIs(t, err, temporalx.ErrUnreachable)
	require.ErrorContains(t, err, "gave up after 1ms: Temporal at 127.0.0.1:1 does not answer")

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = temporalx.DialWithin(canceled, temporalx.Options{Environ: nowhere}, time.Hour)
	require.ErrorIs(t, err, context.Canceled)
}
