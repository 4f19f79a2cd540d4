package program

import (
	"context"
	"errors"
	"slices"
	"time"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

// keysInterval is how often a running program checks that it can still open what is stored: another one may have re-encrypted it under a key
// that this one doesn't have.
const keysInterval = 30 * time.Second

// checkKeys returns a *tenant.WrongKeyError if the program can open nothing of what is stored. It logs every connection whose credentials stay
// closed, once.
func (p *Program) checkKeys(ctx context.Context) error {
	locked, err := p.Tenants.CheckKeys(ctx)
	if err != nil {
		return err
	}
	for _, name := range locked {
		if !slices.Contains(p.locked, name) {
			p.Logger.ErrorContext(ctx, "the credentials of a connection can't be opened: nothing can be done for it until the key that they were stored with "+
				"is in CREDENTIALS_KEY_PREVIOUS, or they are entered again", "connection", name, "command", rules.Command(name, "connect --lost-key"))
		}
	}
	p.locked = locked
	return nil
}

// watchKeys checks the keys at intervals. It fails once the program can open nothing any more, so that it ends and something starts it with the
// keys that it needs.
func watchKeys(ctx context.Context, interval time.Duration, check func(context.Context) error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if wrong := new(tenant.WrongKeyError); errors.As(check(ctx), &wrong) { // an outage of the database is no reason
			return wrong
		}
	}
}

// KeysOpen returns an error while the program can open nothing of what is stored.
func (p *Program) KeysOpen(ctx context.Context) error {
	_, err := p.Tenants.CheckKeys(ctx)
	return err
}
