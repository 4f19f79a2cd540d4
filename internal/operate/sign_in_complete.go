package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Completed is a connection that was made, or whose user has signed in again.
type Completed struct {
	Connection string
	Again      bool
	Report     connect.Report
}

// Complete makes a connection of a pending one once nothing is left to sign in to, or gives a connection its user's new sign-in. Both vendors
// are asked first. What is in the way becomes the pending connection's problem, and comes back as an error too.
func (o *Operator) Complete(ctx context.Context, actor Actor, id string) (Completed, error) {
	if err := o.requireSignIns(actor); err != nil {
		return Completed{}, err
	}
	d, err := o.draft(ctx, id)
	if err == nil && (len(d.Wanted) > 0 || d.Vendors.Accelo.URL == "") {
		err = &ConflictError{Reason: "sign in first"}
	}
	if err == nil {
		d, err = o.freshen(ctx, d)
	}
	if err != nil {
		return Completed{}, err
	}
	done := Completed{Connection: cmp.Or(d.Name, nameOf(d.Vendors)), Again: d.Connection != ""}
	if done.Again {
		done.Report, err = o.reconnect(ctx, actor, d)
	} else {
		in := NewConnection{Name: done.Connection}
		if err = checkName(in.Name); err == nil {
			done.Report, err = o.create(ctx, actor, in, d.Vendors, d.Grants, func() error { return o.store.EndPending(ctx, id) })
		}
	}
	if err != nil {
		if _, storeErr := o.reject(ctx, id, err); storeErr != nil && !errors.Is(err, storeErr) {
			err = errors.Join(err, storeErr)
		}
		return done, err
	}
	return done, nil
}

// nameOf is what a connection is called if nobody says so: its deployment.
func nameOf(vendors config.VendorCredentials) string {
	host := vendors.Accelo.Deployment
	if parsed, err := url.Parse(vendors.Accelo.URL); host == "" && err == nil {
		host = parsed.Hostname()
	}
	return host
}

// freshen claims a pending connection for one completion, and renews what was granted too long ago to be used.
func (o *Operator) freshen(ctx context.Context, d draft) (draft, error) {
	err := o.store.ChangePending(ctx, d.PendingConnection)
	if errors.Is(err, store.ErrConnectionChanged) {
		return d, &ConflictError{Reason: "this connection is being completed in another window"}
	}
	if err != nil {
		return d, err
	}
	d.Version++
	connector := o.options.Connector(connect.Choices{})
	for vendor, grant := range map[store.Vendor]*tenant.Grant{store.NinjaOne: d.Grants.NinjaOne, store.Accelo: d.Grants.Accelo} {
		if grant == nil || grant.Lives(o.now()) {
			continue
		}
		renewed, ended, err := connector.RefreshGrant(ctx, vendor, d.Draft, *grant)
		switch {
		case ended:
			cause := &InvalidError{
				Member: string(vendor), Reason: fmt.Sprintf("the sign-in at %s has ended while this connection waited: sign in again", vendor),
			}
			_, err = o.reject(ctx, d.ID, cause)
			return d, errors.Join(cause, err)
		case err != nil:
			return d, &UnavailableError{What: vendor.String(), Err: err}
		}
		if d, err = o.change(ctx, d.ID, func(d *draft) error { d.Grant(vendor, &renewed); return nil }); err != nil {
			return d, err
		}
	}
	return d, nil
}

// reject stores why a pending connection can't be completed. A vendor that does not accept the user who signed in wants another one.
func (o *Operator) reject(ctx context.Context, id string, cause error) (Pending, error) {
	pending, err := o.fail(ctx, id, cause)
	var invalid *InvalidError
	if err != nil || !errors.As(cause, &invalid) || invalid.Err != nil { // with a cause, the vendor could not be reached
		return pending, err
	}
	d, err := o.change(ctx, id, func(d *draft) error {
		for _, vendor := range wanted(d.Vendors) {
			if invalid.Member == string(vendor) && !slices.Contains(d.Wanted, vendor) {
				d.Grant(vendor, nil)
				d.Wanted = append([]store.Vendor{vendor}, d.Wanted...)
			}
		}
		return nil
	})
	return o.view(d), err
}

// reconnect gives a connection what its user granted again. Its ID, its links and everything else stay.
func (o *Operator) reconnect(ctx context.Context, actor Actor, d draft) (connect.Report, error) {
	name := d.Connection
	current, err := o.options.Tenants.Known(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return connect.Report{}, unknownConnection(name)
	}
	if err == nil && current != d.Vendors {
		err = &ConflictError{Reason: "the credentials of this connection were changed meanwhile: discard this sign-in and begin it again"}
	}
	if err != nil {
		return connect.Report{}, err
	}
	if report, err := o.check(ctx, name, current, d.Grants, nil); err != nil {
		return report, err
	}
	if err := o.note(ctx, entryOf(actor, name, "sign in again"), "connection "+name, nil, nil); err != nil {
		return connect.Report{}, err
	}
	o.options.Tenants.Offer(name, current, d.Grants)
	defer o.options.Tenants.Withdraw(name)
	report, err := o.setUp(ctx, name, connect.Choices{})
	switch {
	case err != nil:
		return report, err
	case report.Unreachable() != nil:
		return report, &UnavailableError{What: "NinjaOne or Accelo", Err: report.Unreachable()}
	case Refused(report):
		return report, &ConflictError{Reason: report.Todo[0]}
	}
	return report, o.store.EndPending(ctx, d.ID)
}
