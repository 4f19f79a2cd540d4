package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/webhook"
)

// RedirectURI is where a vendor leads users back to after they signed in. It has to be registered there, byte for byte (ninjaone.md 2.1.3).
func RedirectURI(publicURL string, vendor store.Vendor) string {
	return strings.TrimRight(publicURL, "/") + "/connect/" + string(vendor) + "/callback"
}

// WebhookURL is where NinjaOne's webhook of a connection leads. `connect` registers it.
func WebhookURL(publicURL, connection string) string {
	return webhook.NinjaOneURL(publicURL, connection)
}

// SignInError is why a user can't sign in at a vendor.
type SignInError struct {
	Vendor store.Vendor
	// Member is what is at fault, in the names of the API.
	Member string
	Reason string
	// Away is set if the vendor could not be reached.
	Away bool
	Err  error
}

// Error says what is wrong and what to do.
func (e *SignInError) Error() string { return e.Reason }

// Unwrap returns the vendor's answer.
func (e *SignInError) Unwrap() error { return e.Err }

// ProbeSignIn asks a vendor whether its users could sign in and would come back, before they are sent away. The error is a *SignInError.
func (c *Connector) ProbeSignIn(ctx context.Context, vendor store.Vendor, draft tenant.Draft) error {
	application, err := c.tenants.Application(vendor, draft)
	if err != nil {
		return err
	}
	redirect := RedirectURI(c.options.PublicURL, vendor)
	if err = application.Probe(ctx, redirect); err == nil {
		return nil
	}
	if vendor == store.Accelo {
		return acceloSignInError(err, draft.Vendors.Accelo.URL, redirect)
	}
	return ninjaOneSignInError(err, draft.Vendors.NinjaOne.URL, redirect)
}

func ninjaOneSignInError(err error, url, redirect string) error {
	problem := &SignInError{Vendor: store.NinjaOne, Member: "ninjaone", Err: err}
	switch {
	case ninjaone.IsWrongRegion(err):
		problem.Member = "ninjaone.url"
		problem.Reason = fmt.Sprintf("NinjaOne at %s does not know the client ID: your tenant is in another region, or the client ID is wrong", url)
	case ninjaone.IsRedirectRefused(err):
		problem.Reason = fmt.Sprintf("NinjaOne does not know our redirect URI: add exactly %s to the application under Administration > Apps > API. "+
			"A change can take up to an hour to act", redirect)
	case ninjaone.IsForbidden(err):
		problem.Reason = "the NinjaOne application lacks a scope: tick Monitoring and Management under Administration > Apps > API"
	case ninjaone.IsUnauthorized(err):
		problem.Reason = "NinjaOne does not let users sign in to this application: it needs the platform Web and the grant types Authorization code and " +
			"Refresh token (Administration > Apps > API)"
	default:
		problem.Reason, problem.Away = fmt.Sprintf("cannot reach NinjaOne at %s: %v", url, err), true
		problem.Member = "ninjaone.url"
	}
	return problem
}

func acceloSignInError(err error, url, redirect string) error {
	problem := &SignInError{Vendor: store.Accelo, Member: "accelo", Err: err}
	var api *accelo.APIError
	switch {
	case errors.Is(err, accelo.ErrUnknownDeployment):
		problem.Member = "accelo.deployment"
		problem.Reason = fmt.Sprintf("there is no Accelo deployment at %s: write the first part of your Accelo address, acme for "+
			"https://acme.accelo.com", url)
	case accelo.IsUnauthorized(err):
		problem.Member = "accelo.client_id"
		problem.Reason = fmt.Sprintf("Accelo at %s does not know the client ID of the web application", url)
	case accelo.IsTransient(err), !errors.As(err, &api):
		problem.Member = "accelo.deployment"
		problem.Reason, problem.Away = fmt.Sprintf("cannot reach Accelo at %s: %v", url, err), true
	default:
		problem.Reason = fmt.Sprintf("Accelo does not let users authorize this application (%s %s): register it as a web application with exactly the "+
			"redirect URI %s under Configuration > API", api.Code, api.Message, redirect)
	}
	return problem
}

// ExchangeCode turns the code that a user came back with into what they granted. The error is a *SignInError.
func (c *Connector) ExchangeCode(
	ctx context.Context, vendor store.Vendor, draft tenant.Draft, code, by string,
) (*tenant.Grant, error) {
	application, err := c.tenants.Application(vendor, draft)
	if err != nil {
		return nil, err
	}
	token, err := application.Exchange(ctx, code, RedirectURI(c.options.PublicURL, vendor))
	if err == nil {
		return c.granted(vendor, token, by)
	}
	member := string(vendor)
	switch {
	case ninjaone.IsGrantEnded(err), accelo.IsGrantEnded(err):
		return nil, &SignInError{Vendor: vendor, Member: member, Err: err, Reason: fmt.Sprintf(
			"%s does not accept the code you came back with: it works once, for about a minute, and only with our redirect URI. Sign in again", vendor)}
	case ninjaone.IsTransient(err), accelo.IsTransient(err):
		return nil, &SignInError{Vendor: vendor, Member: member, Err: err, Away: true, Reason: fmt.Sprintf(
			"%s let you sign in, and then could not be reached (%v). Sign in again in a moment", vendor, err)}
	case ninjaone.IsUnauthorized(err), accelo.IsUnauthorized(err), ninjaone.IsWrongRegion(err):
		return nil, &SignInError{Vendor: vendor, Member: member + ".client_secret", Err: err, Reason: fmt.Sprintf(
			"%s does not accept the client secret of the application", vendor)}
	}
	return nil, &SignInError{Vendor: vendor, Member: member, Err: err, Reason: fmt.Sprintf("%s did not complete the sign-in: %v", vendor, err)}
}

// granted checks that what a vendor issued can be renewed.
func (c *Connector) granted(vendor store.Vendor, token *oauth2.Token, by string) (*tenant.Grant, error) {
	if token.RefreshToken != "" {
		return tenant.NewGrant(token, by, time.Now()), nil
	}
	where := "tick the grant type Refresh token of the application under Administration > Apps > API in NinjaOne"
	if vendor == store.Accelo {
		where = "register a web application under Configuration > API in Accelo"
	}
	return nil, &SignInError{Vendor: vendor, Member: string(vendor), Reason: fmt.Sprintf(
		"%s issued no refresh token, so the connection would end within the hour: %s, then sign in again", vendor, where)}
}

// RefreshGrant renews what a user granted for a connection that doesn't exist yet. Store the result before using it. Ended is set if the vendor
// no longer accepts it.
func (c *Connector) RefreshGrant(
	ctx context.Context, vendor store.Vendor, draft tenant.Draft, grant tenant.Grant,
) (renewed tenant.Grant, ended bool, err error) {
	application, err := c.tenants.Application(vendor, draft)
	if err != nil {
		return grant, false, err
	}
	token, err := application.Refresh(ctx, grant.RefreshToken)
	if err != nil {
		return grant, ninjaone.IsGrantEnded(err) || accelo.IsGrantEnded(err), err
	}
	return grant.Renewed(token, time.Now()), false, nil
}
