package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
)

const (
	// maxRenewals is how many grants a process renews at once.
	maxRenewals = 8
	// renewalTimeout bounds a renewal, with the wait for other processes and the vendor's answer.
	renewalTimeout = 75 * time.Second
	// renewalPause is how long a process does not try again after a vendor did not renew a grant, and how old tokens have to be before
	// their rejection is a reason to renew them.
	renewalPause = time.Minute
	// patience is how long calls wait for a renewal while the former token still works.
	patience = 2 * time.Second
)

// grantedTokens provides the access tokens of a connection's stored grant. They are renewed early, by one process at a time, and the next refresh
// token is stored before anything uses it: with NinjaOne, the former one no longer works then (ninjaone.md 2.1.4).
type grantedTokens struct {
	provider   *Provider
	connection string
	vendor     store.Vendor
	refresh    func(ctx context.Context, refreshToken string) (*oauth2.Token, error)
	flight     singleflight.Group

	mu     sync.Mutex
	known  knownGrant
	reject string // an access token that the vendor rejected
	// unsaved are tokens that the database did not take when the vendor issued them.
	unsaved *knownGrant
	// failed is why the vendor did not renew the grant, until pausedUntil.
	failed      error
	pausedUntil time.Time
}

// knownGrant is a grant as it is stored, opened.
type knownGrant struct {
	Grant
	stored store.Grant
}

// Token returns the access token, and renews it if need be. A caller that stops waiting leaves the renewal to the others.
func (t *grantedTokens) Token(ctx context.Context) (string, error) {
	if token, ok := t.cached(); ok {
		return token, nil
	}
	renewed := t.flight.DoChan("", func() (any, error) {
		if token, ok := t.cached(); ok {
			return token, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewalTimeout)
		defer cancel()
		return t.current(ctx)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case result := <-renewed:
		token, _ := result.Val.(string)
		return token, result.Err
	}
}

// Reject makes the next Token look for another one.
func (t *grantedTokens) Reject(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known.AccessToken == token {
		t.reject = token
	}
}

func (t *grantedTokens) now() time.Time { return t.provider.options.Now() }

func (t *grantedTokens) cached() (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known.AccessToken, t.known.AccessToken != "" && t.known.AccessToken != t.reject && t.unsaved == nil &&
		t.now().Before(t.known.refreshAt()) && t.known.Lives(t.now())
}

// usable reports whether a grant's access token works as far as we know, although it may be worth renewing.
func (t *grantedTokens) usable(grant knownGrant) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return grant.AccessToken != "" && grant.AccessToken != t.reject && grant.Lives(t.now())
}

// current returns the stored grant's access token, and renews the grant if it is time.
func (t *grantedTokens) current(ctx context.Context) (string, error) {
	if err := t.saveUnsaved(ctx); err != nil {
		return "", err
	}
	stored, err := t.provider.options.Store.Grant(ctx, t.connection, t.vendor)
	if err != nil {
		return "", fmt.Errorf("%s sign-in of connection %s: %w", t.vendor, t.connection, err)
	}
	grant, err := t.adopt(stored)
	if err != nil {
		return "", err
	}
	usable := t.usable(grant)
	if usable && t.now().Before(grant.refreshAt()) {
		return grant.AccessToken, nil
	}
	if usable {
		err = t.renewWithPatience(ctx)
	} else {
		err = t.renew(ctx, false)
	}
	switch {
	case err == nil:
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.known.AccessToken, nil
	case usable && !isEnded(err):
		return grant.AccessToken, nil // it still works, and the next call tries again
	}
	return "", err
}

func isEnded(err error) bool {
	var ended *EndedGrantError
	return errors.As(err, &ended)
}

// renewWithPatience renews tokens that still work, and leaves a renewal that takes long to itself: calls do without it for a while.
func (t *grantedTokens) renewWithPatience(ctx context.Context) error {
	if err := t.paused(); err != nil {
		return err
	}
	renewed := t.flight.DoChan("renewal", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewalTimeout)
		defer cancel()
		return nil, t.renew(ctx, true)
	})
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case result := <-renewed:
		return result.Err
	case <-timer.C:
		t.mu.Lock()
		defer t.mu.Unlock()
		t.failed, t.pausedUntil = errSlowRenewal, t.now().Add(renewalPause/10)
		return t.failed
	}
}

var errSlowRenewal = errors.New("the vendor is slow to renew the sign-in")

// renew replaces the tokens in the database, unless another process has done so. Without hurry it leaves that to a process that is at it.
func (t *grantedTokens) renew(ctx context.Context, usable bool) error {
	if err := t.paused(); err != nil {
		return err
	}
	select {
	case t.provider.renewals <- struct{}{}:
		defer func() { <-t.provider.renewals }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var issued *knownGrant
	stored, err := t.provider.options.Store.RenewGrant(ctx, t.connection, t.vendor, !usable, func(before store.Grant) (after store.Grant, err error) {
		after, issued, err = t.exchange(ctx, before)
		return after, err
	})
	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if issued != nil {
			t.unsaved = issued // the database may or may not have it
		} else if !errors.Is(err, store.ErrGrantBusy) {
			t.failed, t.pausedUntil = err, t.now().Add(pauseAfter(err))
		}
		return err
	}
	_, err = t.adopt(stored)
	return err
}

// pauseAfter keeps a wrong client secret from being tried again and again; an outage may end any moment.
func pauseAfter(err error) time.Duration {
	if ninjaone.IsTransient(err) || accelo.IsTransient(err) {
		return renewalPause / 10
	}
	return renewalPause
}

func (t *grantedTokens) paused() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now().Before(t.pausedUntil) {
		return t.failed
	}
	return nil
}

// exchange asks the vendor for new tokens if the stored ones need it. Issued are those that it got; a refusal is stored, since it is final.
func (t *grantedTokens) exchange(ctx context.Context, before store.Grant) (after store.Grant, issued *knownGrant, err error) {
	if before.EndedAt != nil {
		return before, nil, nil
	}
	grant, err := t.provider.openGrant(t.connection, before)
	if err != nil {
		return before, nil, err
	}
	now := t.now()
	rejected := !t.usable(knownGrant{Grant: grant})
	if !rejected && now.Before(grant.refreshAt()) || grant.Lives(now) && now.Sub(grant.RenewedAt) < renewalPause {
		return before, nil, nil // another process was faster, or the vendor rejects even new tokens
	}
	token, err := t.refresh(ctx, grant.RefreshToken)
	if ninjaone.IsGrantEnded(err) || accelo.IsGrantEnded(err) || err == nil && token.AccessToken == "" {
		after, ended := before, now.UTC()
		after.EndedAt, after.Reason, after.Generation = &ended, "the refresh token was refused", before.Generation+1
		t.provider.options.Logger.ErrorContext(ctx, "sign-in ended", "connection", t.connection, "vendor", string(t.vendor), "reason", err)
		return after, nil, nil
	}
	if err != nil {
		return before, nil, err
	}
	fresh := knownGrant{Grant: grant.Renewed(token, now)}
	if fresh.stored, err = t.provider.sealGrant(t.connection, t.vendor, fresh.Grant); err != nil {
		return before, nil, err
	}
	fresh.stored.Generation = before.Generation + 1
	return fresh.stored, &fresh, nil
}

// saveUnsaved stores tokens that the database did not take when they were issued. Nobody else has them.
func (t *grantedTokens) saveUnsaved(ctx context.Context) error {
	t.mu.Lock()
	unsaved := t.unsaved
	t.mu.Unlock()
	if unsaved == nil {
		return nil
	}
	err := t.provider.options.Store.SaveRenewedGrant(ctx, t.connection, unsaved.stored)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // it was stored after all, or a user has signed in again
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unsaved = nil
	return nil
}

// adopt remembers a stored grant and returns it opened, or an *EndedGrantError.
func (t *grantedTokens) adopt(stored store.Grant) (knownGrant, error) {
	if stored.EndedAt != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.known = knownGrant{}
		return knownGrant{}, &EndedGrantError{Connection: t.connection, Vendor: t.vendor, Since: *stored.EndedAt, Reason: stored.Reason}
	}
	grant, err := t.provider.openGrant(t.connection, stored)
	if err != nil {
		return knownGrant{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known = knownGrant{Grant: grant, stored: stored}
	return t.known, nil
}
