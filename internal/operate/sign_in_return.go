package operate

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// SendAway returns where the user of a session signs in next for a pending connection. The vendor leads them back to ComeBack.
func (o *Operator) SendAway(ctx context.Context, actor Actor, id string, session []byte) (string, error) {
	if err := o.requireSignIns(actor); err != nil {
		return "", err
	}
	state, now := tenant.NewToken(), o.now()
	var to string
	var vendor store.Vendor
	_, err := o.change(ctx, id, func(d *draft) error {
		if len(d.Wanted) == 0 {
			return &ConflictError{Reason: "there is nothing left to sign in to"}
		}
		vendor = d.Wanted[0]
		application, err := o.options.Tenants.Application(vendor, d.Draft)
		if err != nil {
			return err
		}
		to = application.AuthorizeURL(connect.RedirectURI(o.options.SignIns.PublicURL, vendor), state)
		d.SentTo, d.SentAt, d.Problem, d.Field = vendor, &now, "", ""
		return nil
	})
	if err != nil {
		return "", err
	}
	return to, o.store.AddState(ctx, store.OAuthState{Hash: hashState(state), Session: session, Pending: id, Vendor: vendor, CreatedAt: now})
}

func hashState(state string) []byte {
	hash := sha256.Sum256([]byte(state))
	return hash[:]
}

// ComingBack is what a vendor's redirect says.
type ComingBack struct {
	Vendor store.Vendor
	// Session is that of the user.
	Session []byte
	State   string
	// Code is what the vendor issued, or Error and Description say why not.
	Code, Error, Description string
}

// ComeBack completes a sign-in with what the vendor's redirect says. What goes wrong at the vendor is the pending connection's problem. A state
// that is unknown, old, used or another session's is a *ConflictError, and nothing happens; the pending connection comes along if it is known.
func (o *Operator) ComeBack(ctx context.Context, actor Actor, in ComingBack) (Pending, error) {
	if err := o.requireSignIns(actor); err != nil {
		return Pending{}, err
	}
	state, err := o.store.UseState(ctx, hashState(in.State), in.Session, in.Vendor, o.now())
	if err != nil {
		return Pending{ID: state.Pending}, o.stateError(err, in.Vendor)
	}
	d, err := o.draft(ctx, state.Pending)
	if err != nil {
		return Pending{}, err
	}
	if in.Error != "" || in.Code == "" {
		return o.fail(ctx, d.ID, deniedError(in))
	}
	grant, err := o.options.Connector(connect.Choices{}).ExchangeCode(ctx, in.Vendor, d.Draft, in.Code, actor.Name)
	if err != nil {
		return o.fail(ctx, d.ID, signInError(err))
	}
	d, err = o.change(ctx, d.ID, func(d *draft) error {
		d.Grant(in.Vendor, grant)
		d.Wanted = slices.DeleteFunc(d.Wanted, func(v store.Vendor) bool { return v == in.Vendor })
		d.SentTo, d.SentAt, d.Problem, d.Field = "", nil, "", ""
		if d.BegunAt == store.BegunAtNinjaOne {
			d.ExpiresAt = d.CreatedAt.Add(invitedLife)
		}
		return nil
	})
	return o.view(d), err
}

// fail stores why a pending connection goes on waiting. Errors of our own are returned.
func (o *Operator) fail(ctx context.Context, id string, cause error) (Pending, error) {
	var invalid *InvalidError
	var conflict *ConflictError
	problem, member := "", ""
	switch {
	case errors.As(cause, &invalid):
		problem, member = invalid.Reason, invalid.Member
	case errors.As(cause, &conflict):
		problem, member = conflict.Reason, conflict.Member
	default:
		return Pending{ID: id}, cause
	}
	d, err := o.change(ctx, id, func(d *draft) error {
		d.Problem, d.Field, d.SentTo, d.SentAt = problem, member, "", nil
		return nil
	})
	return o.view(d), err
}

// deniedError says that a user came back without a code.
func deniedError(in ComingBack) error {
	if in.Error == "" {
		return &InvalidError{Member: string(in.Vendor), Reason: fmt.Sprintf("%s led you back without a code: sign in again", in.Vendor)}
	}
	said := strings.TrimSpace(strings.ToValidUTF8(in.Error+" "+in.Description, ""))
	if runes := []rune(said); len(runes) > 200 {
		said = string(runes[:200]) + " …"
	}
	return &InvalidError{
		Member: string(in.Vendor), Reason: fmt.Sprintf("access was not granted at %s (%s): sign in again and allow it", in.Vendor, said),
	}
}

func (o *Operator) stateError(err error, vendor store.Vendor) error {
	var reason string
	switch {
	case errors.Is(err, store.ErrNotFound):
		reason = fmt.Sprintf("we know nothing of this sign-in at %s: begin it on the Integrations page", vendor)
	case errors.Is(err, store.ErrStateUsed):
		reason = fmt.Sprintf("this sign-in at %s was completed before: the address you came back to works once", vendor)
	case errors.Is(err, store.ErrStateExpired):
		reason = fmt.Sprintf("this sign-in at %s took more than ten minutes: begin it again", vendor)
	case errors.Is(err, store.ErrStateOtherSession):
		reason = fmt.Sprintf("this sign-in at %s was begun in another session: begin and end it in one browser, logged in at %s", vendor,
			o.options.SignIns.PublicURL)
	default:
		return err
	}
	return &ConflictError{Reason: reason, Err: err}
}
