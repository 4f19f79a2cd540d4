package activities

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
)

// Types of the application errors that activities return; they show in Temporal's UI and metrics.
const (
	// UnknownConnection and NotConnected end a workflow: an administrator has something to do first.
	UnknownConnection = "UnknownConnection"
	NotConnected      = "NotConnected"
	// Refused is a vendor's final no to what was asked.
	Refused = "Refused"
	// WrongCredential is retried, slowly and loudly: a secret that was rotated can be put right.
	WrongCredential = "WrongCredential"
	// WaitingForBudget and RateLimited are retried when the vendor allows calls again.
	WaitingForBudget = "WaitingForBudget"
	RateLimited      = "RateLimited"
	// ClaimHeld is retried when the claim on a record runs out.
	ClaimHeld = "ClaimHeld"
	// Overtaken is retried at once, from the link as it is now: somebody has corrected it meanwhile.
	Overtaken = "Overtaken"
	// Unavailable is an outage, and everything that is not known better: it is retried for ever.
	Unavailable = "Unavailable"
)

// credentialDelay is how long to leave a vendor alone that does not accept our credentials: far from Accelo's lock-out of
// 100 failures in 5 minutes (contract accelo 2.10).
const credentialDelay = time.Minute

// refusal is a final no that we say ourselves.
type refusal struct {
	kind    string
	message string
}

func (r *refusal) Error() string { return r.message }

func refusedf(kind, format string, arguments ...any) error {
	return &refusal{kind: kind, message: fmt.Sprintf(format, arguments...)}
}

// translate turns what went wrong into the application error that decides about the retry. It is the last thing every
// activity does, since Temporal looks at the outermost error alone. An error that nobody knows is retried.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cancelled(ctx) && errors.Is(err, ctx.Err()) {
		return ctx.Err()
	}
	verdict := judge(err, time.Now())
	if verdict.kind == WrongCredential {
		activity.GetLogger(ctx).Error("a vendor does not accept our credentials", "error", err)
	}
	options := temporal.ApplicationErrorOptions{NonRetryable: verdict.final, NextRetryDelay: verdict.delay, Cause: err}
	if verdict.expected {
		options.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), verdict.kind, options)
}

type verdict struct {
	kind     string
	final    bool
	expected bool
	// delay is when to try again, 0 for the retry policy's own pace.
	delay time.Duration
}

func judge(err error, now time.Time) verdict {
	var said *refusal
	var held *store.HeldError
	var budget *accelo.BudgetError
	switch {
	case errors.As(err, &said):
		return verdict{kind: said.kind, final: true}
	case errors.As(err, &held):
		return verdict{kind: ClaimHeld, expected: true, delay: until(held.Until, now, time.Second)}
	case errors.Is(err, store.ErrSuperseded):
		return verdict{kind: Overtaken, expected: true}
	case errors.As(err, &budget):
		// Spread over a few seconds, so that not everything that waited comes back in the same instant.
		return verdict{kind: WaitingForBudget, expected: true, delay: until(budget.Until, now, 3*time.Second)}
	case accelo.IsRateLimited(err), accelo.IsLockedOut(err):
		return verdict{kind: RateLimited, delay: atLeast(accelo.RetryAt(err).Sub(now), 5*time.Second)}
	case ninjaone.IsRateLimited(err):
		return verdict{kind: RateLimited, delay: atLeast(ninjaone.RetryAt(err).Sub(now), 5*time.Second)}
	case accelo.IsUnauthorized(err), ninjaone.IsUnauthorized(err), accelo.IsForbidden(err), ninjaone.IsForbidden(err), ninjaone.IsWrongRegion(err):
		return verdict{kind: WrongCredential, delay: credentialDelay}
	case permanent(err):
		return verdict{kind: Refused, final: true}
	}
	return verdict{kind: Unavailable}
}

// permanent tells whether asking again would get the same answer.
func permanent(err error) bool {
	return accelo.IsInvalidRequest(err) || accelo.IsDuplicate(err) || ninjaone.IsNotFound(err) ||
		errors.Is(err, accelo.ErrInvalid) || errors.Is(err, ninjaone.ErrInvalid)
}

// createOutcome tells of a failed create whether the object may exist all the same: a reply of Accelo's own means that the call is
// over, anything less that it may still be under way (contract accelo 3.3).
func createOutcome(err error) store.CreateOutcome {
	var api *accelo.APIError
	switch {
	case !accelo.InDoubt(err):
		return store.NotCreated
	case errors.As(err, &api) && api.Code != "":
		return store.Unknown
	default:
		return store.InFlight
	}
}

// passing tells whether an error is about the state of the world and not about the record in hand.
func passing(err error) bool {
	return !judge(err, time.Now()).final
}

// ofOneRecord tells whether an error concerns the record in hand and leaves others alone: besides a final no, a right that is missing
// (contract accelo 3.3: authenticated, not allowed), since what a staff user may do differs from object to object.
func ofOneRecord(err error) bool {
	return !passing(err) || accelo.IsForbidden(err)
}

func atLeast(delay, least time.Duration) time.Duration {
	return max(delay, least)
}

func until(moment, now time.Time, spread time.Duration) time.Duration {
	return max(moment.Sub(now), 0) + time.Duration(rand.Int64N(int64(spread))) + 100*time.Millisecond
}
