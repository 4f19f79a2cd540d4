package reconcile

import (
	"context"
	"time"

	"ninjaone-accelo/internal/evidence"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Reconciler compares both vendors with the database. All fields but Retention are required.
type Reconciler struct {
	Store    *store.Store
	Tenants  *tenant.Provider
	Webhooks Registrar
	// Severities finds the severities that NinjaOne's list of alerts leaves out.
	Severities *evidence.Severities
	// Retention is how long what has ended is kept; zero means 400 days.
	Retention time.Duration
}

// Registrar registers our webhooks with both vendors.
type Registrar interface {
	// RegisterWebhooks restores Accelo's registration if it is missing and, with ninjaOne, registers NinjaOne's webhook again.
	// It returns the state of both. The error means that it could not ask the vendors.
	RegisterWebhooks(ctx context.Context, connection string, ninjaOne bool) (flow.Webhooks, error)
	// LeaveFormer removes our webhooks from deployments that the connection has left. The doubts say what it could not remove.
	LeaveFormer(ctx context.Context, connection string) (doubts []string, err error)
}

// alertRules returns the options that decide which missed alerts open a request, and when.
func alertRules(c tenant.Connection) flow.AlertRules {
	return flow.AlertRules{MinSeverity: string(c.Options.AlertMinSeverity), HoldDown: c.Options.AlertHoldDown}
}

const (
	// logOverlap is how far below the cursor a read goes: a vendor may write an entry late.
	logOverlap = 2 * time.Minute
	// maxMissedPerBatch bounds what one read hands to a workflow, beside the bytes that flow.Room does.
	maxMissedPerBatch = 200
)
