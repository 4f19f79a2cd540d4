package program

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/workflows"
)

const (
	// shutdownTimeout is how long running activities have to finish their current record. It must be shorter than the time
	// after which a container is killed.
	shutdownTimeout = 25 * time.Second
	// maxHeartbeatInterval is short because a long activity learns of its cancellation from the reply to a heartbeat.
	maxHeartbeatInterval = 5 * time.Second
	// maxConcurrentActivities is enough for a window of organizations and for alerts at the same time. The clients enforce the
	// vendors' own limits. Further alerts queue by priority, so that opening a request precedes updating a device.
	maxConcurrentActivities = 64
)

// Connector returns what sets up connections and maintains their webhooks. The choices are those of the user who runs `connect`.
func (p *Program) Connector(choices connect.Choices) *connect.Connector {
	return connect.New(p.Store, p.Tenants, connect.Options{
		PublicURL: string(p.Config.PublicURL), Choices: choices,
	})
}

// Worker returns a worker with all workflows and activities. The caller passes it to Serve.
func (p *Program) Worker(temporal client.Client) (worker.Worker, error) {
	webhooks := p.Connector(connect.Choices{})
	steps, err := activities.New(activities.Deps{Store: p.Store, Tenants: p.Tenants, Webhooks: webhooks})
	if err != nil {
		return nil, fmt.Errorf("set up the activities: %w", err)
	}
	w := worker.New(temporal, p.Config.TaskQueue, worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{
			activities.Interceptor(p.Store), workflows.SignalOrder(), &syncCounter{count: p.Metrics.Synced},
		},
		WorkerStopTimeout:                       shutdownTimeout,
		MaxConcurrentActivityExecutionSize:      maxConcurrentActivities,
		MaxConcurrentLocalActivityExecutionSize: maxConcurrentActivities,
		MaxHeartbeatThrottleInterval:            maxHeartbeatInterval,
		OnFatalError: func(err error) {
			p.Logger.Error("the worker has stopped polling", "error", err)
		},
	})
	workflows.RegisterAll(w, steps)
	return w, nil
}
