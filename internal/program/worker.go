package program

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/workflows"
)

// stopPatience is how long running activities may take to finish the record in hand when a program is told to stop. It has
// to be shorter than the time after which a container is killed.
const stopPatience = 25 * time.Second

// heartbeatInterval is how often heartbeats go to the server at most, and how long one may take.
const heartbeatInterval = 5 * time.Second

// mostAtOnce is how many activities of a kind a worker runs at a time: enough for a window of organizations and for alerts beside
// it; the vendors' own limits are in their clients. Alerts beyond it wait in line, and their requests come before the devices of
// those that were first.
const mostAtOnce = 64

// AlertRules are the settings that decide which alerts open a request.
func (p *Program) AlertRules() flow.AlertRules {
	return flow.AlertRules{MinSeverity: string(p.Config.Sync.AlertMinSeverity), HoldDown: p.Config.Sync.AlertHoldDown}
}

// Connector sets connections up, and sees to their webhooks later.
func (p *Program) Connector(rotateSecrets bool) *connect.Connector {
	return connect.New(p.Store, p.Tenants, connect.Options{
		RequestType: p.Config.Sync.RequestType, AssetType: p.Config.Sync.AssetType,
		PublicURL: string(p.Config.PublicURL), RotateSecrets: rotateSecrets,
	})
}

// ScheduleReconciles makes sure of the schedule of every connection that is set up.
func (p *Program) ScheduleReconciles(ctx context.Context, launcher *launch.Launcher) error {
	connections, err := p.Store.Connections(ctx)
	if err != nil {
		return err
	}
	for _, connection := range connections {
		if !connection.Settings.Connected {
			continue
		}
		change, err := launcher.ScheduleReconcile(ctx, connection.Name, p.Config.Sync.ReconcileInterval)
		if err != nil {
			return err
		}
		p.Logger.InfoContext(ctx, "reconcile scheduled", "connection", connection.Name, "every", p.Config.Sync.ReconcileInterval.String(),
			"change", string(change))
	}
	return nil
}

// Worker makes a worker with everything registered; the caller starts and stops it.
func (p *Program) Worker(temporal client.Client) (worker.Worker, error) {
	sync := p.Config.Sync
	steps, err := activities.New(activities.Deps{Store: p.Store, Tenants: p.Tenants, Webhooks: p.Connector(false), Options: activities.Options{
		AssetRefresh: sync.AssetRefreshInterval, RemoteControl: sync.RemoteControl, Alerts: p.AlertRules(),
		ReopenWindow: sync.AlertReopenWindow, OnReset: sync.OnReset, OnConvert: sync.OnConvert,
	}})
	if err != nil {
		return nil, fmt.Errorf("set the activities up: %w", err)
	}
	w := worker.New(temporal, p.Config.TaskQueue, worker.Options{
		WorkerStopTimeout:                       stopPatience,
		MaxConcurrentActivityExecutionSize:      mostAtOnce,
		MaxConcurrentLocalActivityExecutionSize: mostAtOnce,
		// A long activity learns from the answer to a heartbeat that it was cancelled, so heartbeats are not held back for long.
		MaxHeartbeatThrottleInterval: heartbeatInterval,
		OnFatalError: func(err error) {
			p.Logger.Error("the worker gives up", "error", err)
		},
	})
	workflows.RegisterAll(w, steps)
	return w, nil
}
