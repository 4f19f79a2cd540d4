package corrections

import (
	"context"
	"errors"
	"fmt"

	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// ConnectFunc returns a connection that is set up, with its clients.
type ConnectFunc func(ctx context.Context, name string) (tenant.Connection, error)

// Corrector corrects links on behalf of one user.
type Corrector struct {
	store     *store.Store
	companies *company.Service
	connect   ConnectFunc
	actor     string
}

// New returns a Corrector. The link history names actor as the author of every change.
func New(database *store.Store, connect ConnectFunc, actor string) *Corrector {
	return &Corrector{store: database, companies: company.New(database), connect: connect, actor: actor}
}

// Result is one corrected link.
type Result struct {
	Connection string     `json:"connection"`
	Kind       store.Kind `json:"kind"`
	NinjaID    string     `json:"ninja_id"`
	// Before is the Accelo ID the record was linked to, or 0.
	Before int64 `json:"before"`
	// AcceloID is the Accelo ID the record is linked to now, or 0.
	AcceloID int64 `json:"accelo_id"`
	// Devices are the devices of a recreated organization whose deleted assets will be recreated too.
	Devices []string `json:"devices,omitempty"`
	// Labels are the deployment's names for Accelo's objects, for texts.
	Labels store.Labels `json:"-"`
}

// InputError reports a correction that can't be right, whatever the vendors say.
type InputError struct {
	// Member is what is wrong: "kind" or "ninja_id".
	Member string
	Reason string
}

// Error implements error.
func (e *InputError) Error() string { return e.Reason }

// RefusedError reports a correction that the vendors' or our own records rule out.
type RefusedError struct {
	Reason string
	// Err is the cause, or nil.
	Err error
}

// Error implements error.
func (e *RefusedError) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

func refuse(format string, arguments ...any) error {
	err := fmt.Errorf(format, arguments...)
	return &RefusedError{Reason: err.Error(), Err: errors.Unwrap(err)}
}

// CheckRelink returns an *InputError if records of a kind can't be relinked.
func CheckRelink(kind store.Kind) error {
	if kind == store.Contacts {
		return &InputError{"kind", "a contact belongs to its organization; correct the organization instead"}
	}
	return nil
}

// CheckForget returns an *InputError if records of a kind can't be forgotten or recreated.
func CheckForget(kind store.Kind) error {
	if kind == store.Alerts {
		return &InputError{"kind", "alerts can't be forgotten: an import never opens a second request. Use relink, or wait for the alert to fire again"}
	}
	return CheckRelink(kind)
}

// Forget deletes a record's link, so that the next import matches the record again.
func (c *Corrector) Forget(ctx context.Context, key store.Key) (Result, error) {
	if err := CheckForget(key.Kind); err != nil {
		return Result{}, err
	}
	link, err := c.store.Forget(ctx, key, c.actor)
	if errors.Is(err, store.ErrNotFound) {
		return Result{}, refuse("%s %s is not linked; the next import matches or creates it", key.Kind, key.NinjaID)
	}
	return Result{Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, Before: link.AcceloID}, err
}
