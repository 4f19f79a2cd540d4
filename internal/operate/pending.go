package operate

import (
	"context"
	"errors"
	"slices"
	"time"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Pending is a connection that waits for users to sign in.
type Pending struct {
	ID, Name string
	// Connection is the one whose user signs in again, or empty.
	Connection string
	// FromNinjaOne is set if it began at NinjaOne, and Accelo is not known yet if NeedsAccelo is set.
	FromNinjaOne, NeedsAccelo bool
	NinjaOneURL, AcceloURL    string
	// NeedsAcceloApplication is set if nobody has said which web application of Accelo to use.
	NeedsAcceloApplication bool
	// Next is the vendor to sign in to next, or empty.
	Next store.Vendor
	// SignedIn are the vendors that users have signed in to.
	SignedIn []store.Vendor
	// Problem is why it is not done, and Member what is at fault, in the names of the API.
	Problem, Member string
	// SentTo is the vendor that the user was sent to at SentAt, and has not come back from.
	SentTo               store.Vendor
	SentAt               *time.Time
	CreatedAt, ExpiresAt time.Time
}

// Sent reports whether a user was sent to the next vendor and has not come back.
func (p Pending) Sent() bool { return p.SentAt != nil && p.SentTo == p.Next }

// draft is a pending connection with what it holds.
type draft struct {
	store.PendingConnection
	tenant.Draft
}

// keep stores a new pending connection.
func (o *Operator) keep(ctx context.Context, actor Actor, d draft, life time.Duration) (Pending, error) {
	d.ID, d.BegunBy, d.CreatedAt, d.ExpiresAt = tenant.NewToken(), actor.Name, o.now(), o.now().Add(life)
	var err error
	if d.Sealed, err = o.options.Tenants.SealDraft(ctx, d.ID, d.Draft); err != nil {
		return Pending{}, err
	}
	if err := o.store.CreatePending(ctx, d.PendingConnection); err != nil {
		return Pending{}, err
	}
	return o.view(d), nil
}

func (o *Operator) view(d draft) Pending {
	p := Pending{
		ID: d.ID, Name: d.Name, Connection: d.Connection, FromNinjaOne: d.BegunAt == store.BegunAtNinjaOne,
		NinjaOneURL: d.Vendors.NinjaOne.URL, AcceloURL: d.Vendors.Accelo.URL, NeedsAccelo: d.Vendors.Accelo.URL == "",
		NeedsAcceloApplication: o.options.SignIns.AcceloClientID == "", Problem: d.Problem, Member: d.Field, SentTo: d.SentTo, SentAt: d.SentAt,
		CreatedAt: d.CreatedAt, ExpiresAt: d.ExpiresAt,
	}
	if d.Grants.NinjaOne != nil {
		p.SignedIn = append(p.SignedIn, store.NinjaOne)
	}
	if d.Grants.Accelo != nil {
		p.SignedIn = append(p.SignedIn, store.Accelo)
	}
	if len(d.Wanted) > 0 {
		p.Next = d.Wanted[0]
	}
	return p
}

func (o *Operator) draft(ctx context.Context, id string) (draft, error) {
	stored, err := o.store.Pending(ctx, id, o.now())
	if errors.Is(err, store.ErrNotFound) {
		return draft{}, &NotFoundError{What: "pending connection", Reason: "this connection is no longer waiting: it was completed or discarded, " +
			"or it has expired"}
	}
	if err != nil {
		return draft{}, err
	}
	opened, err := o.options.Tenants.OpenDraft(id, stored.Sealed)
	return draft{PendingConnection: stored, Draft: opened}, err
}

// changeAttempts is how often a change of a pending connection starts over after another process changed it.
const changeAttempts = 5

// change applies a change to a pending connection.
func (o *Operator) change(ctx context.Context, id string, change func(*draft) error) (d draft, err error) {
	for range changeAttempts {
		if d, err = o.draft(ctx, id); err != nil {
			return d, err
		}
		if err = change(&d); err != nil {
			return d, err
		}
		if d.Sealed, err = o.options.Tenants.SealDraft(ctx, id, d.Draft); err != nil {
			return d, err
		}
		if err = o.store.ChangePending(ctx, d.PendingConnection); !errors.Is(err, store.ErrConnectionChanged) {
			d.Version++
			return d, err
		}
	}
	return d, err
}

// Pending returns a pending connection.
func (o *Operator) Pending(ctx context.Context, actor Actor, id string) (Pending, error) {
	if err := actor.require(Administrator); err != nil {
		return Pending{}, err
	}
	d, err := o.draft(ctx, id)
	return o.view(d), err
}

// PendingConnections returns the connections that are being made. One that can't be opened is left out.
func (o *Operator) PendingConnections(ctx context.Context, actor Actor) ([]Pending, error) {
	if err := actor.require(Viewer); err != nil {
		return nil, err
	}
	stored, err := o.store.PendingConnections(ctx, o.now())
	var list []Pending
	for _, pending := range stored {
		if opened, openErr := o.options.Tenants.OpenDraft(pending.ID, pending.Sealed); openErr == nil {
			list = append(list, o.view(draft{pending, opened}))
		}
	}
	return list, err
}

// DiscardPending forgets a pending connection.
func (o *Operator) DiscardPending(ctx context.Context, actor Actor, id string) error {
	if err := actor.require(Administrator); err != nil {
		return err
	}
	return o.store.EndPending(ctx, id)
}

// PendingChange is what a user adds to a pending connection, or corrects.
type PendingChange struct {
	ID, Name string
	Accelo   AcceloCredentials
}

// ChangePending names a pending connection, and says which deployment of Accelo it is for, whose user then has to sign in.
func (o *Operator) ChangePending(ctx context.Context, actor Actor, in PendingChange) (Pending, error) {
	if err := o.requireSignIns(actor); err != nil {
		return Pending{}, err
	}
	if in.Name != "" {
		if err := checkName(in.Name); err != nil {
			return Pending{}, err
		}
	}
	d, err := o.draft(ctx, in.ID)
	if err != nil {
		return Pending{}, err
	}
	vendors := d.Vendors
	if in.Accelo != (AcceloCredentials{}) && d.BegunAt == store.BegunAtNinjaOne {
		in.Accelo.Auth = SignInAuth
		n := NinjaOneCredentials{
			URL: vendors.NinjaOne.URL, Auth: SignInAuth, ClientID: vendors.NinjaOne.ClientID, ClientSecret: vendors.NinjaOne.ClientSecret.Reveal(),
		}
		if vendors, err = o.signInVendors(Credentials{NinjaOne: n, Accelo: in.Accelo}); err != nil {
			return o.view(d), err
		}
		if err := signInError(o.options.Connector(connect.Choices{}).ProbeSignIn(ctx, store.Accelo, tenant.Draft{Vendors: vendors})); err != nil {
			return o.view(d), err
		}
	}
	d, err = o.change(ctx, in.ID, func(d *draft) error {
		if vendors.Accelo != d.Vendors.Accelo {
			d.Vendors, d.Grants.Accelo = vendors, nil
			d.Wanted = append(slices.DeleteFunc(d.Wanted, func(v store.Vendor) bool { return v == store.Accelo }), store.Accelo)
		}
		if in.Name != "" && d.Connection == "" {
			d.Name = in.Name
		}
		d.Problem, d.Field, d.SentTo, d.SentAt = "", "", "", nil
		return nil
	})
	return o.view(d), err
}
