package connect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/webhook"
)

const (
	// formerQuiet is how long a deployment that a connection has left is looked at although our webhook is gone: a reconciliation that
	// began before may still register it again.
	formerQuiet = time.Hour
	// formerPatience is when we give up removing it: the account may no longer exist, or no longer accept our credentials.
	formerPatience = 7 * 24 * time.Hour
)

// LeaveFormer removes our webhooks from the accounts that a connection has left, as far as these let us. What it could not remove is
// in the doubts, and the next call tries again. The error means that the database could not be asked. The connection may have been removed.
func (c *Connector) LeaveFormer(ctx context.Context, name string) (doubts []string, err error) {
	former, err := c.tenants.FormerDeployments(ctx, name)
	if err != nil || len(former) == 0 {
		return nil, err
	}
	current, err := c.currentURL(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, left := range former {
		tenantErr := c.leaveTenant(ctx, left)
		removed, deploymentErr := unsubscribe(ctx, left, current)
		age := time.Since(left.LeftAt)
		switch failed := errors.Join(tenantErr, deploymentErr); {
		case failed == nil && removed == 0 && age > formerQuiet, age > formerPatience:
			err = errors.Join(err, c.store.ForgetFormerDeployment(ctx, name, left.Pair))
		case failed != nil:
			doubts = append(doubts, fmt.Sprintf("our webhook in the former accounts at %s could not be removed (%v); what it delivers is refused, and "+
				"this is tried again until %s", formerAddress(left, deploymentErr), failed, left.LeftAt.Add(formerPatience).Format(time.DateOnly)))
		}
	}
	return doubts, err
}

// formerAddress names the account at fault.
func formerAddress(left tenant.FormerDeployment, deploymentErr error) string {
	if deploymentErr != nil {
		return left.AcceloURL
	}
	return left.NinjaoneURL
}

// currentURL is where the connection's webhook leads now: the accounts may have changed and the deployment not.
func (c *Connector) currentURL(ctx context.Context, name string) (string, error) {
	secrets, err := c.tenants.CurrentWebhookSecrets(ctx, name)
	if errors.Is(err, store.ErrNotFound) { // it was removed
		return "", nil
	}
	if err != nil || len(secrets.AcceloTokens) == 0 {
		return "", err
	}
	return webhook.AcceloURL("", name, secrets.AcceloTokens[0]), nil
}

// leaveTenant removes the one webhook of our application from a former tenant (ninjaone.md 7.1). If NinjaOne refuses, it isn't ours.
func (c *Connector) leaveTenant(ctx context.Context, former tenant.FormerDeployment) error {
	if former.NinjaOne != nil {
		ctx, cancel := context.WithTimeout(ctx, formerTimeout)
		defer cancel()
		err := former.NinjaOne.DeleteWebhook(ctx)
		if err != nil && !ninjaone.IsForbidden(err) && !ninjaone.IsNotFound(err) {
			return err
		}
	}
	if former.NinjaoneSealed == nil || former.Unopened != nil {
		return nil
	}
	return c.store.SettleFormerTenant(ctx, former.LeftBy, former.Pair)
}

// unsubscribe removes our webhook from a former deployment, but not the one that leads to the current URL. Another installation's stays.
func unsubscribe(ctx context.Context, former tenant.FormerDeployment, current string) (removed int, err error) {
	if former.Unopened != nil {
		return 0, former.Unopened
	}
	ctx, cancel := context.WithTimeout(ctx, formerTimeout)
	defer cancel()
	subscriptions, err := former.Accelo.Subscriptions(ctx)
	ours := webhook.AcceloURL(former.PublicURL, former.LeftBy, "")
	for _, subscription := range slices.DeleteFunc(subscriptions, func(s accelo.Subscription) bool {
		return !strings.HasPrefix(s.URL, ours) || current != "" && strings.HasSuffix(s.URL, current)
	}) {
		removed++
		err = errors.Join(err, former.Accelo.Unsubscribe(ctx, subscription.ID))
	}
	return removed, err
}
