package tenant

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/bulkhead"
	"ninjaone-accelo/internal/store"
)

// Kind classifies an error. It becomes the type of the application error in Temporal, so its values never change.
type Kind string

// The kinds of errors.
const (
	// UnknownConnection and NotConnected end a workflow: an administrator has to act first.
	UnknownConnection Kind = "UnknownConnection"
	NotConnected      Kind = "NotConnected"
	// FormerPair ends a flow that began before its connection moved to another pair of accounts.
	FormerPair Kind = "FormerPair"
	// Refused means that the same request would be rejected again.
	Refused Kind = "Refused"
	// WrongCredential is retried slowly and logged as an error: someone can still correct a rotated secret.
	WrongCredential Kind = "WrongCredential"
	// ReconnectRequired is retried slowly and logged as an error: a user has to sign in again. Nothing is asked of the vendor until then.
	ReconnectRequired Kind = "ReconnectRequired"
	// WaitingForBudget and RateLimited are retried when the vendor accepts calls again.
	WaitingForBudget Kind = "WaitingForBudget"
	RateLimited      Kind = "RateLimited"
	// VendorBusy is a call that was not made because the vendor hangs, or has enough calls of this connection. It is retried soon.
	VendorBusy Kind = "VendorBusy"
	// ClaimHeld is retried when the claim on a record expires.
	ClaimHeld Kind = "ClaimHeld"
	// Superseded is retried at once, from the current link: someone corrected it in the meantime.
	Superseded Kind = "Overtaken"
	// Unavailable is an outage or an unknown error. It is retried until it recovers.
	Unavailable Kind = "Unavailable"
)

// credentialDelay is how long to wait after a vendor rejected our credentials. It stays far below Accelo's lock-out of 100
// failures in 5 minutes (accelo.md 2.10).
const credentialDelay = time.Minute

// reconnectDelay is how long to wait while only a user can help. It costs no call.
const reconnectDelay = 5 * time.Minute

// Refusal is an error we raise ourselves and never retry.
type Refusal struct {
	Kind    Kind
	message string
}

func (r *Refusal) Error() string { return r.message }

// Refusef returns a Refusal of a kind with a formatted message.
func Refusef(kind Kind, format string, arguments ...any) error {
	return &Refusal{Kind: kind, message: fmt.Sprintf(format, arguments...)}
}

// Verdict is what an error means for the next attempt.
type Verdict struct {
	Kind Kind
	// Final means that a retry would get the same answer.
	Final bool
	// Expected means that the error is part of normal operation and needs no attention.
	Expected bool
	// Delay is how long to wait before the next attempt; 0 leaves it to the retry policy.
	Delay time.Duration
}

// Classify decides what an error means for the next attempt. An unknown error is retried.
func Classify(err error, now time.Time) Verdict {
	var refusal *Refusal
	var held *store.HeldError
	var budget *accelo.BudgetError
	var ended *EndedGrantError
	var busy *bulkhead.BusyError
	var lag *LagError
	switch {
	case errors.Is(err, store.ErrFormerPair):
		return Verdict{Kind: FormerPair, Final: true, Expected: true}
	case errors.As(err, &refusal):
		return Verdict{Kind: refusal.Kind, Final: true}
	case errors.As(err, &ended):
		return Verdict{Kind: ReconnectRequired, Delay: reconnectDelay}
	case errors.As(err, &held):
		return Verdict{Kind: ClaimHeld, Expected: true, Delay: until(held.Until, now, time.Second)}
	case errors.Is(err, store.ErrSuperseded):
		return Verdict{Kind: Superseded, Expected: true}
	case errors.As(err, &lag):
		return Verdict{Kind: Unavailable, Expected: true, Delay: until(lag.Until, now, time.Second)}
	case errors.As(err, &busy):
		// What was refused at the same instant doesn't return at the same instant, where it would be refused again.
		return Verdict{Kind: VendorBusy, Expected: true, Delay: until(busy.Until, now, busySpread)}
	case errors.As(err, &budget):
		// Spread over a few seconds, so that everything that waited doesn't return at the same instant.
		return Verdict{Kind: WaitingForBudget, Expected: true, Delay: until(budget.Until, now, 3*time.Second)}
	case accelo.IsRateLimited(err), accelo.IsLockedOut(err):
		return Verdict{Kind: RateLimited, Delay: rateLimitDelay(accelo.RetryAt(err), now)}
	case ninjaone.IsRateLimited(err):
		return Verdict{Kind: RateLimited, Delay: rateLimitDelay(ninjaone.RetryAt(err), now)}
	case accelo.IsUnauthorized(err), ninjaone.IsUnauthorized(err), accelo.IsForbidden(err), ninjaone.IsForbidden(err), ninjaone.IsWrongRegion(err):
		return Verdict{Kind: WrongCredential, Delay: credentialDelay}
	case isPermanent(err):
		return Verdict{Kind: Refused, Final: true}
	}
	return Verdict{Kind: Unavailable}
}

// busySpread is over how long calls return that were not made.
const busySpread = 5 * time.Second

// A vendor's own word about waiting is obeyed within these limits: one odd reply must not hold an alert for a day.
const (
	minRateLimitDelay = 5 * time.Second
	maxRateLimitDelay = 5 * time.Minute
)

func rateLimitDelay(retryAt, now time.Time) time.Duration {
	return min(max(retryAt.Sub(now), minRateLimitDelay), maxRateLimitDelay)
}

// IsTransient reports whether a retry could succeed without a change to the record.
func IsTransient(err error) bool {
	return !Classify(err, time.Now()).Final
}

// IsRecordError reports whether an error affects only the record at hand. Besides final errors that is a missing permission:
// what a staff user may do differs from object to object (accelo.md 3.3).
func IsRecordError(err error) bool {
	return !IsTransient(err) || accelo.IsForbidden(err)
}

// CreateOutcome reports whether an object may exist although its create failed. A reply from Accelo itself means that the call
// has ended; without one it may still be in flight (accelo.md 3.3).
func CreateOutcome(err error) store.CreateOutcome {
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

func isPermanent(err error) bool {
	return accelo.IsInvalidRequest(err) || accelo.IsDuplicate(err) || ninjaone.IsNotFound(err) ||
		errors.Is(err, accelo.ErrInvalid) || errors.Is(err, ninjaone.ErrInvalid)
}

// Spread returns a random number from 0 to below n. The simulation replaces it, so that a run can be repeated exactly.
var Spread = rand.Int64N

// until returns the time left until a moment, plus a random part of spread.
func until(moment, now time.Time, spread time.Duration) time.Duration {
	return max(moment.Sub(now), 0) + time.Duration(Spread(int64(spread))) + 100*time.Millisecond
}
