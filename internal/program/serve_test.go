package program

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// recorder records the order of events.
type recorder struct {
	mu     sync.Mutex
	events []string
}

func (r *recorder) add(event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
}

// fakeWorker records its start and stop.
type fakeWorker struct {
	*recorder

	startError error
}

func (w fakeWorker) Start() error {
	w.add("worker starts")
	return w.startError
}

func (w fakeWorker) Stop() { w.add("worker stops") }

// At shutdown, the server and the background tasks end before the worker stops, and that is not an error.
func TestServeStopsWorkerLast(t *testing.T) {
	t.Parallel()
	events := &recorder{}
	ctx, shutDown := context.WithCancel(t.Context())
	task := func(name string, result error) func(context.Context) error {
		return func(ctx context.Context) error {
			<-ctx.Done()
			events.add(name + " ends")
			return result
		}
	}
	shutDownWhenRunning := func(context.Context) error {
		events.add("tasks run")
		shutDown()
		return nil
	}
	err := serve(ctx, fakeWorker{recorder: events}, slog.New(slog.DiscardHandler),
		task("server", nil), task("background task", context.Canceled), shutDownWhenRunning)
	require.NoError(t, err)
	require.Equal(t, []string{"worker starts", "tasks run"}, events.events[:2])
	require.ElementsMatch(t, []string{"server ends", "background task ends"}, events.events[2:4])
	require.Equal(t, []string{"worker stops"}, events.events[4:])
}

// A server that fails ends the other tasks and stops the worker, and its error is returned.
func TestServeFails(t *testing.T) {
	t.Parallel()
	events := &recorder{}
	inUse := errors.New("address already in use")
	err := serve(t.Context(), fakeWorker{recorder: events}, slog.New(slog.DiscardHandler),
		func(context.Context) error { return inUse },
		func(ctx context.Context) error {
			<-ctx.Done()
			events.add("background task ends")
			return nil
		})
	require.ErrorIs(t, err, inUse)
	require.Equal(t, []string{"worker starts", "background task ends", "worker stops"}, events.events)
}

// A worker that can't start is not stopped, and no task runs.
func TestServeWorkerCannotStart(t *testing.T) {
	t.Parallel()
	events := &recorder{}
	denied := errors.New("permission denied")
	err := serve(t.Context(), fakeWorker{recorder: events, startError: denied}, slog.New(slog.DiscardHandler),
		func(context.Context) error { events.add("task runs"); return nil })
	require.ErrorIs(t, err, denied)
	require.False(t, slices.Contains(events.events, "task runs"))
	require.False(t, slices.Contains(events.events, "worker stops"))
}

// A worker that Temporal refuses for minutes gives up. Then the program ends, so that something starts it again: without it, no work is done
// while its health checks succeed.
func TestWorkerThatGivesUpEndsTheProgram(t *testing.T) {
	t.Parallel()
	events := &recorder{}
	refused := errors.New("namespace not found")
	workers := &Workers{fatal: make(chan error, 2)}
	workers.fatal <- refused
	err := serve(t.Context(), fakeWorker{recorder: events}, slog.New(slog.DiscardHandler), workers.giveUp,
		func(ctx context.Context) error {
			<-ctx.Done()
			events.add("server ends")
			return nil
		})
	require.ErrorIs(t, err, refused)
	require.ErrorContains(t, err, "TEMPORAL_NAMESPACE")
	require.Equal(t, []string{"worker starts", "server ends", "worker stops"}, events.events)
}
