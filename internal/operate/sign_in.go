package operate

import (
	"cmp"
	"context"
	"errors"
	"time"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// SignIns are the settings of this installation for users who sign in at the vendors.
type SignIns struct {
	// PublicURL is where the vendors lead users back to.
	PublicURL string
	// NinjaOneURL is the region that a connection begun from NinjaOne's side is in.
	NinjaOneURL string
	// The applications of this installation; empty where a connection has to bring its own.
	NinjaOneClientID, NinjaOneClientSecret string
	AcceloClientID, AcceloClientSecret     string
}

// SignInSetup is what an administrator of the vendors needs to know about this installation.
type SignInSetup struct {
	// NinjaOneRedirect and AcceloRedirect have to be registered with the vendors; empty without PUBLIC_URL.
	NinjaOneRedirect, AcceloRedirect string
	// Webhook is where NinjaOne's webhook leads, which we register ourselves.
	Webhook string
	// OwnNinjaOne and OwnAccelo are set if this installation has an application of its own at the vendor.
	OwnNinjaOne, OwnAccelo bool
}

// SignInSetup returns what has to be registered with the vendors. The name may be that of a connection to come.
func (o *Operator) SignInSetup(name string) SignInSetup {
	s := o.options.SignIns
	setup := SignInSetup{OwnNinjaOne: s.NinjaOneClientID != "", OwnAccelo: s.AcceloClientID != ""}
	if s.PublicURL != "" {
		setup.NinjaOneRedirect, setup.AcceloRedirect = connect.RedirectURI(s.PublicURL, store.NinjaOne), connect.RedirectURI(s.PublicURL, store.Accelo)
		setup.Webhook = connect.WebhookURL(s.PublicURL, cmp.Or(name, "NAME"))
	}
	return setup
}

// SignInAuth is the value of Auth for a vendor that users sign in to.
const SignInAuth = tenant.SignInAuth

const (
	// pendingLife is how long a pending connection waits, and invitedLife how long once a user has signed in at NinjaOne: a trial of Accelo takes
	// its time.
	pendingLife = 24 * time.Hour
	invitedLife = 30 * 24 * time.Hour
)

func (o *Operator) now() time.Time {
	if o.options.Now == nil {
		return time.Now()
	}
	return o.options.Now()
}

// SignsIn reports whether users have to sign in at a vendor for these credentials.
func (c Credentials) SignsIn() bool {
	return c.NinjaOne.Auth == SignInAuth || c.Accelo.Auth == SignInAuth
}

// BeginSignIn checks a new connection as far as it can be before users have signed in, and keeps it until they have. Nothing becomes a
// connection yet.
func (o *Operator) BeginSignIn(ctx context.Context, actor Actor, in NewConnection) (Pending, error) {
	if err := o.requireSignIns(actor); err != nil {
		return Pending{}, err
	}
	if err := checkName(in.Name); err != nil {
		return Pending{}, err
	}
	vendors, err := o.signInVendors(in.Credentials)
	if err != nil {
		return Pending{}, err
	}
	if err := o.requireFree(ctx, in.Name, vendors); err != nil {
		return Pending{}, err
	}
	d := draft{
		PendingConnection: store.PendingConnection{Name: in.Name, BegunAt: store.BegunAtAccelo},
		Draft:             tenant.Draft{Vendors: vendors, Wanted: wanted(vendors)},
	}
	if err := o.probe(ctx, d.Draft); err != nil {
		return Pending{}, err
	}
	return o.keep(ctx, actor, d, pendingLife)
}

// BeginAtNinjaOne begins a connection with NinjaOne's sign-in. What is not given is this installation's.
func (o *Operator) BeginAtNinjaOne(ctx context.Context, actor Actor, in NinjaOneCredentials) (Pending, error) {
	if err := o.requireSignIns(actor); err != nil {
		return Pending{}, err
	}
	if in.URL == "" {
		in.URL = o.options.SignIns.NinjaOneURL
	}
	in.Auth = SignInAuth
	// Accelo is not known yet, so what stands for it can't be at fault.
	vendors, err := o.signInVendors(Credentials{NinjaOne: in, Accelo: AcceloCredentials{Deployment: "unknown", ClientID: "-", ClientSecret: "-"}})
	if err != nil {
		return Pending{}, err
	}
	vendors.Accelo = config.Accelo{}
	d := draft{
		PendingConnection: store.PendingConnection{BegunAt: store.BegunAtNinjaOne},
		Draft:             tenant.Draft{Vendors: vendors, Wanted: []store.Vendor{store.NinjaOne}},
	}
	if err := o.probe(ctx, d.Draft); err != nil {
		return Pending{}, err
	}
	return o.keep(ctx, actor, d, pendingLife)
}

// BeginReconnect begins another sign-in for a connection: at the vendors that ended the last one, else at NinjaOne, whose sign-ins get
// old. It returns a *ConflictError if nobody signs in for the connection.
func (o *Operator) BeginReconnect(ctx context.Context, actor Actor, name string) (Pending, error) {
	if err := o.requireSignIns(actor); err != nil {
		return Pending{}, err
	}
	vendors, err := o.options.Tenants.Known(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return Pending{}, unknownConnection(name)
	}
	if err != nil {
		return Pending{}, err
	}
	d := draft{
		PendingConnection: store.PendingConnection{Name: name, Connection: name, BegunAt: store.BegunReconnect},
		Draft:             tenant.Draft{Vendors: vendors},
	}
	if d.Wanted, err = o.ended(ctx, name, vendors); err != nil {
		return Pending{}, err
	}
	if err := o.probe(ctx, d.Draft); err != nil {
		return Pending{}, err
	}
	return o.keep(ctx, actor, d, pendingLife)
}

// ended returns the vendors whose sign-in has to be repeated.
func (o *Operator) ended(ctx context.Context, name string, vendors config.VendorCredentials) ([]store.Vendor, error) {
	signIns := wanted(vendors)
	if len(signIns) == 0 {
		return nil, &ConflictError{Reason: "nobody signs in for this connection: enter its credentials again under Settings"}
	}
	grants, err := o.store.Grants(ctx, name)
	if err != nil {
		return nil, err
	}
	var ended []store.Vendor
	for _, grant := range grants {
		if grant.EndedAt != nil {
			ended = append(ended, grant.Vendor)
		}
	}
	if len(ended) == 0 {
		ended = signIns[:1]
	}
	return ended, nil
}

// wanted returns the vendors that users sign in to, NinjaOne first.
func wanted(vendors config.VendorCredentials) []store.Vendor {
	var list []store.Vendor
	if vendors.NinjaOne.SignIn {
		list = append(list, store.NinjaOne)
	}
	if vendors.Accelo.SignIn {
		list = append(list, store.Accelo)
	}
	return list
}

func (o *Operator) requireSignIns(actor Actor) error {
	if err := actor.require(Administrator); err != nil {
		return err
	}
	if o.options.SignIns.PublicURL == "" {
		return &InvalidError{Member: "", Reason: "PUBLIC_URL is not set, so the vendors can't lead users back here: set it to the address of this server"}
	}
	return nil
}

// signInVendors returns the credentials for users who sign in, with the applications of this installation where none are given.
func (o *Operator) signInVendors(c Credentials) (config.VendorCredentials, error) {
	s := o.options.SignIns
	if n := &c.NinjaOne; n.Auth == SignInAuth {
		n.AccessKeyID, n.SecretAccessKey, n.Auth = "", "", "oauth"
		if n.ClientID == "" && n.ClientSecret == "" {
			n.ClientID, n.ClientSecret = s.NinjaOneClientID, s.NinjaOneClientSecret
		}
		if n.ClientID == "" {
			return config.VendorCredentials{}, &InvalidError{Member: "ninjaone.client_id", Reason: "enter the client ID and secret of a NinjaOne " +
				"application of the platform Web: this installation has none of its own"}
		}
		vendors, err := o.signInVendors(c)
		vendors.NinjaOne.SignIn = true
		return vendors, err
	}
	if a := &c.Accelo; a.Auth == SignInAuth {
		a.Auth = ""
		if a.ClientID == "" && a.ClientSecret == "" {
			a.ClientID, a.ClientSecret = s.AcceloClientID, s.AcceloClientSecret
		}
		if a.ClientID == "" {
			return config.VendorCredentials{}, &InvalidError{Member: "accelo.client_id", Reason: "enter the client ID and secret of an Accelo web " +
				"application: this installation has none of its own"}
		}
		vendors, err := o.signInVendors(c)
		vendors.Accelo.SignIn = true
		return vendors, err
	}
	return c.vendors()
}

// probe asks both vendors what they can tell before users have signed in.
func (o *Operator) probe(ctx context.Context, d tenant.Draft) error {
	connector := o.options.Connector(connect.Choices{})
	for _, vendor := range d.Wanted {
		if err := connector.ProbeSignIn(ctx, vendor, d); err != nil {
			return signInError(err)
		}
	}
	if d.Vendors.Accelo.URL == "" {
		return nil
	}
	proposal, err := o.options.Tenants.Propose("", d.Vendors, d.Grants, nil)
	if err != nil {
		return err
	}
	// The other vendor's keys can be checked at once.
	return checkedError(connector.CheckKeys(ctx, proposal, !d.Vendors.NinjaOne.SignIn, !d.Vendors.Accelo.SignIn))
}

// signInError types an error of a sign-in.
func signInError(err error) error {
	var problem *connect.SignInError
	if errors.As(err, &problem) {
		return &InvalidError{Member: problem.Member, Reason: problem.Reason, Err: err}
	}
	return err
}
