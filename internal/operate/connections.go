package operate

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Report is what checking and setting up a connection found.
type Report = connect.Report

// Choices are what a user decides about one run.
type Choices = connect.Choices

// Refused reports whether a run stored nothing, because the credentials are for other accounts than the connection's.
func Refused(report Report) bool { return report.Pair.Change == connect.PairRefused }

// NewConnection describes a connection to create.
type NewConnection struct {
	Name string `json:"name"`
	Credentials
	// Options are those that someone chose; the others have the installation's defaults.
	Options config.Chosen `json:"options,omitempty"`
}

// Create checks the credentials live, stores the connection, and sets it up. If a vendor rejects them or can't be reached, nothing is
// stored, and the error names the member at fault. A name that is taken, and accounts that another connection uses, are a *ConflictError.
func (o *Operator) Create(ctx context.Context, actor Actor, in NewConnection) (connect.Report, error) {
	if err := actor.require(Administrator); err != nil {
		return connect.Report{}, err
	}
	if err := checkName(in.Name); err != nil {
		return connect.Report{}, err
	}
	vendors, err := in.vendors()
	if err != nil {
		return connect.Report{}, err
	}
	if _, err := o.resolve(in.Options, vendors.NinjaOne.Legacy()); err != nil {
		return connect.Report{}, err
	}
	return o.create(ctx, actor, in, vendors, tenant.Grants{}, func() error { return nil })
}

// create checks a connection live, stores it with what users granted for it, and sets it up. Stored is called once it exists.
func (o *Operator) create(
	ctx context.Context, actor Actor, in NewConnection, vendors config.VendorCredentials, grants tenant.Grants, stored func() error,
) (connect.Report, error) {
	if err := o.requireFree(ctx, in.Name, vendors); err != nil {
		return connect.Report{}, err
	}
	report, err := o.check(ctx, in.Name, vendors, grants, in.Options)
	if err != nil {
		return report, err
	}
	entry := entryOf(actor, in.Name, "connect")
	after := map[string]any{
		"ninjaone": vendors.NinjaOne.URL, "accelo": vendors.Accelo.URL, "options": in.Options,
	}
	if err := o.note(ctx, entry, "connection "+in.Name, nil, after); err != nil {
		return report, err
	}
	err = o.options.Tenants.Create(ctx, in.Name, vendors, grants, in.Options)
	if errors.Is(err, store.ErrConnectionChanged) {
		return report, taken(in.Name)
	}
	if err == nil {
		err = stored()
	}
	if err != nil {
		return report, err
	}
	return o.setUp(ctx, in.Name, connect.Choices{})
}

// check asks the vendors about credentials before anything is stored.
func (o *Operator) check(
	ctx context.Context, name string, vendors config.VendorCredentials, grants tenant.Grants, chosen config.Chosen,
) (connect.Report, error) {
	proposal, err := o.options.Tenants.Propose(name, vendors, grants, chosen)
	if err != nil {
		return connect.Report{}, err
	}
	report := o.options.Connector(connect.Choices{}).Check(ctx, proposal)
	return report, checkedError(report)
}

// requireFree returns a *ConflictError if the name is taken, or if another connection has the same accounts.
func (o *Operator) requireFree(ctx context.Context, name string, vendors config.VendorCredentials) error {
	_, err := o.store.Connection(ctx, name)
	if err == nil {
		return taken(name)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	holder, err := o.options.Tenants.Holder(ctx, vendors)
	if err == nil && holder != "" {
		err = &ConflictError{Reason: fmt.Sprintf(
			"connection %q can't be connected: connection %q already uses these accounts, and two would bring in everything twice", name, holder)}
	}
	return err
}

func taken(name string) error {
	return &ConflictError{Member: "name", Reason: fmt.Sprintf("the name %q is taken: choose another one", name)}
}

// checkedError returns the error of a vendor that rejected credentials or could not be reached, nil if both accept them.
func checkedError(report connect.Report) error {
	switch {
	case !report.NinjaOne.OK && report.NinjaOne.Error != "":
		return &InvalidError{Member: "ninjaone", Reason: report.NinjaOne.Error, Err: report.Unreachable()}
	case !report.Accelo.OK && report.Accelo.Error != "":
		return &InvalidError{Member: "accelo", Reason: report.Accelo.Error, Err: report.Unreachable()}
	case report.Unreachable() != nil:
		return &UnavailableError{What: "NinjaOne or Accelo", Err: report.Unreachable()}
	}
	return nil
}

// Connect checks a connection and sets up what is missing. The choices say what credentials of other accounts mean.
func (o *Operator) Connect(ctx context.Context, actor Actor, name string, choices connect.Choices) (connect.Report, error) {
	if err := actor.require(Administrator); err != nil {
		return connect.Report{}, err
	}
	if err := o.note(ctx, entryOf(actor, name, "connect"), "connection "+name, nil, nil); err != nil {
		return connect.Report{}, err
	}
	return o.setUp(ctx, name, choices)
}

// setUp runs `connect` and gives the connection its schedule. Without Temporal, a worker does that once it is back.
func (o *Operator) setUp(ctx context.Context, name string, choices connect.Choices) (connect.Report, error) {
	report, err := o.options.Connector(choices).Run(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return report, unknownConnection(name)
	}
	if err == nil && o.options.Launcher != nil && report.Unreachable() == nil {
		_, _ = o.Schedule(ctx, name)
	}
	return report, err
}

// Change replaces credentials and options of a connection. What is left out is kept; an empty option gets its default.
type Change struct {
	Connection string
	Credentials
	Options config.Chosen
	connect.Choices
}

// Change checks everything, the credentials live, before it stores anything. Credentials of other accounts are refused, with nothing stored,
// unless the choices say what they mean: the report says so.
func (o *Operator) Change(ctx context.Context, actor Actor, in Change) (connect.Report, error) {
	if err := actor.require(Administrator); err != nil {
		return connect.Report{}, err
	}
	current, err := o.options.Tenants.Known(ctx, in.Connection)
	if errors.Is(err, store.ErrNotFound) {
		return connect.Report{}, unknownConnection(in.Connection)
	}
	if err != nil && (!in.LostKey || !tenant.IsLocked(err)) {
		return connect.Report{}, err
	}
	vendors, err := o.signInVendors(in.over(current))
	if err != nil {
		return connect.Report{}, err
	}
	if holder, err := o.options.Tenants.Holder(ctx, vendors); err != nil || holder != "" && holder != in.Connection {
		return connect.Report{}, errors.Join(err, &ConflictError{Reason: fmt.Sprintf("connection %q already uses these accounts", holder)})
	}
	chosen, err := o.merge(ctx, in, vendors)
	if err != nil {
		return connect.Report{}, err
	}
	if report, err := o.check(ctx, in.Connection, vendors, tenant.Grants{}, chosen); err != nil {
		return report, err
	}
	after := map[string]any{"ninjaone": vendors.NinjaOne.URL, "accelo": vendors.Accelo.URL}
	before := map[string]any{"ninjaone": current.NinjaOne.URL, "accelo": current.Accelo.URL}
	if err := o.note(ctx, entryOf(actor, in.Connection, "change credentials"), "connection "+in.Connection, before, after); err != nil {
		return connect.Report{}, err
	}
	defer o.options.Tenants.Withdraw(in.Connection)
	err = o.options.Tenants.Save(ctx, in.Connection, vendors)
	if other := new(tenant.OtherAccountError); err != nil && !errors.As(err, &other) {
		return connect.Report{}, err
	}
	report, err := o.setUp(ctx, in.Connection, in.Choices)
	if err != nil || Refused(report) || len(in.Options) == 0 {
		return report, err
	}
	if _, err := o.SetOptions(ctx, actor, SetOptions{Connection: in.Connection, Options: chosen}); err != nil {
		return report, err
	}
	return o.setUp(ctx, in.Connection, connect.Choices{}) // what it found may depend on the options
}

// merge returns the options that a change leads to, or an *InvalidError.
func (o *Operator) merge(ctx context.Context, in Change, vendors config.VendorCredentials) (config.Chosen, error) {
	stored, err := o.store.Connection(ctx, in.Connection)
	if err != nil {
		return nil, err
	}
	chosen := config.Chosen{}
	maps.Copy(chosen, stored.Chosen)
	maps.Copy(chosen, in.Options)
	_, err = o.resolve(chosen, vendors.NinjaOne.Legacy())
	return chosen, err
}

// over returns the credentials with what they leave out taken from the known ones.
func (c Credentials) over(known config.VendorCredentials) Credentials {
	keep := func(given *string, kept string) {
		if *given == "" {
			*given = kept
		}
	}
	n, a := &c.NinjaOne, &c.Accelo
	keep(&n.URL, known.NinjaOne.URL)
	legacy := n.Auth == "legacy" || n.Auth == "" && (n.AccessKeyID != "" || n.ClientID == "" && known.NinjaOne.Legacy())
	switch {
	case n.Auth != "legacy" && n.ClientID == "" && n.AccessKeyID == "" && known.NinjaOne.SignIn:
		n.Auth = SignInAuth
		keep(&n.ClientID, known.NinjaOne.ClientID)
		keep(&n.ClientSecret, known.NinjaOne.ClientSecret.Reveal())
	case legacy:
		n.Auth = "legacy"
		keep(&n.AccessKeyID, known.NinjaOne.AccessKeyID)
		keep(&n.SecretAccessKey, known.NinjaOne.SecretAccessKey.Reveal())
	default:
		n.Auth = "oauth"
		keep(&n.ClientID, known.NinjaOne.ClientID)
		keep(&n.ClientSecret, known.NinjaOne.ClientSecret.Reveal())
	}
	if a.URL == "" && a.Deployment == "" {
		a.URL = known.Accelo.URL
	}
	if known.Accelo.SignIn && a.ClientID == "" {
		a.Auth = SignInAuth
	}
	keep(&a.ClientID, known.Accelo.ClientID)
	keep(&a.ClientSecret, known.Accelo.ClientSecret.Reveal())
	return c
}

// Disconnect removes a connection: its rows, its schedule, what runs for it, and our webhooks. Nothing else is touched in either vendor.
// The doubts say what could not be removed yet; workers go on with that.
func (o *Operator) Disconnect(ctx context.Context, actor Actor, name string) (doubts []string, err error) {
	if err := actor.require(Administrator); err != nil {
		return nil, err
	}
	stored, err := o.store.Connection(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknownConnection(name)
	}
	if err != nil {
		return nil, err
	}
	before := map[string]any{"ninjaone": stored.NinjaoneURL, "accelo": stored.AcceloURL, "options": stored.Chosen}
	if err := o.note(ctx, entryOf(actor, name, "disconnect"), "connection "+name, before, nil); err != nil {
		return nil, err
	}
	if err := o.store.RetireConnection(ctx, name); err != nil {
		return nil, err
	}
	doubts, err = o.options.Connector(connect.Choices{}).LeaveFormer(ctx, name)
	if o.EndRetired(ctx) != nil { // the rows are gone, and workers do the rest
		doubts = append(doubts, "its schedule and what runs in Temporal are ended once Temporal is back")
	}
	return doubts, err
}

// clone copies chosen options without those that have no value.
func clone(chosen config.Chosen) config.Chosen {
	kept := maps.Clone(chosen)
	maps.DeleteFunc(kept, func(_, value string) bool { return value == "" })
	return kept
}
