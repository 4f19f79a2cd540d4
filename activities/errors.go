package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/tenant"
)

// Types of the application errors that activities return. They show in Temporal's UI and metrics.
const (
	UnknownConnection = string(tenant.UnknownConnection)
	NotConnected      = string(tenant.NotConnected)
	FormerPair        = string(tenant.FormerPair)
	Refused           = string(tenant.Refused)
	WrongCredential   = string(tenant.WrongCredential)
	ReconnectRequired = string(tenant.ReconnectRequired)
	WaitingForBudget  = string(tenant.WaitingForBudget)
	RateLimited       = string(tenant.RateLimited)
	VendorBusy        = string(tenant.VendorBusy)
	ClaimHeld         = string(tenant.ClaimHeld)
	Superseded        = string(tenant.Superseded)
	Unavailable       = string(tenant.Unavailable)
)

// translate turns an error into the application error that decides about the retry. Temporal looks at the outermost error
// only.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cancelled(ctx) && errors.Is(err, ctx.Err()) {
		return ctx.Err()
	}
	verdict := tenant.Classify(err, time.Now())
	switch verdict.Kind {
	case tenant.ReconnectRequired:
		activity.GetLogger(ctx).Error("a user has to sign in again", "error", err)
	case tenant.WrongCredential:
		activity.GetLogger(ctx).Error("a vendor rejects our credentials", "error", err)
	}
	options := temporal.ApplicationErrorOptions{NonRetryable: verdict.Final, NextRetryDelay: verdict.Delay, Cause: err}
	if verdict.Expected {
		options.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), string(verdict.Kind), options)
}
