package program

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/bulkhead"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/workflows"
)

const (
	// shutdownTimeout is how long running activities have to finish their current record. It must be shorter than the time
	// after which a container is killed.
	shutdownTimeout = 25 * time.Second
	// maxHeartbeatInterval is short because a long activity learns of its cancellation from the reply to a heartbeat.
	maxHeartbeatInterval = 5 * time.Second
	// maxConcurrentActivities is several times what one connection's calls to a vendor can hold (bulkhead.Size), because a call that a vendor
	// leaves without an answer holds its slot. Further alerts queue by priority.
	maxConcurrentActivities = 4 * bulkhead.Size
	// maxConcurrentBulk is enough for the windows of several imports.
	maxConcurrentBulk = 64
)

// Connector returns what sets up connections and maintains their webhooks. The choices are those of the user who runs `connect`.
func (p *Program) Connector(choices connect.Choices) *connect.Connector {
	return connect.New(p.Store, p.Tenants, connect.Options{
		PublicURL: string(p.Config.PublicURL), Choices: choices,
	})
}

// Workers poll Temporal: one for workflows and for what a technician is waiting for, and one for bulk work.
type Workers struct {
	urgent, bulk worker.Worker
	// fatal receives why a worker gave up, as it does once Temporal has refused it for minutes.
	fatal chan error
}

// Workers returns the workers with all workflows and activities. The caller passes them to Serve.
func (p *Program) Workers(temporal client.Client) (*Workers, error) {
	webhooks := p.Connector(connect.Choices{})
	steps, err := activities.New(activities.Deps{
		Store: p.Store, Tenants: p.Tenants, Webhooks: webhooks, Retention: p.Config.Retention,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the activities: %w", err)
	}
	w := &Workers{fatal: make(chan error, 2)}
	options := worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{
			activities.Interceptor(p.Store), workflows.SignalOrder(), &syncCounter{count: p.Metrics.Synced},
		},
		WorkerStopTimeout:                       shutdownTimeout,
		MaxConcurrentActivityExecutionSize:      maxConcurrentActivities,
		MaxConcurrentLocalActivityExecutionSize: maxConcurrentActivities,
		MaxHeartbeatThrottleInterval:            maxHeartbeatInterval,
		OnFatalError:                            func(err error) { w.fatal <- err },
	}
	w.urgent = worker.New(temporal, p.Config.TaskQueue, options)
	workflows.RegisterAll(w.urgent, steps)
	options.MaxConcurrentActivityExecutionSize, options.DisableWorkflowWorker = maxConcurrentBulk, true
	w.bulk = worker.New(temporal, flow.BulkQueue(p.Config.TaskQueue), options)
	w.bulk.RegisterActivity(steps)
	return w, nil
}

// Start begins to poll.
func (w *Workers) Start() error {
	if err := w.bulk.Start(); err != nil {
		return err
	}
	if err := w.urgent.Start(); err != nil {
		w.bulk.Stop()
		return err
	}
	return nil
}

// Stop ends the polling, and waits for running activities for a while.
func (w *Workers) Stop() {
	var stopping sync.WaitGroup
	stopping.Go(w.bulk.Stop)
	stopping.Go(w.urgent.Stop)
	stopping.Wait()
}

// giveUp returns an error once a worker has stopped polling, so that the program ends and something starts it again.
func (w *Workers) giveUp(ctx context.Context) error {
	select {
	case err := <-w.fatal:
		return fmt.Errorf("Temporal no longer lets this program work: check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and its credentials: %w", err)
	case <-ctx.Done():
		return nil
	}
}
