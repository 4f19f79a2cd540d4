package connect

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// NinjaOne keeps one webhook for an application (ninjaone.md 7.1), and no call reads it. Of several connections with the same application, the one
// that was set up last holds it. The others leave it alone instead of taking it back, and say so.

// webhookHolder returns the connection that holds the webhook of a connection's NinjaOne application, or "" if it is its own.
func (c *Connector) webhookHolder(ctx context.Context, name string) (string, error) {
	sharing, err := c.tenants.SharingWebhook(ctx, name)
	if err != nil || len(sharing) == 0 {
		return "", err
	}
	last, err := c.registeredAt(ctx, name)
	if err != nil {
		return "", err
	}
	holder := ""
	for _, other := range sharing {
		at, err := c.registeredAt(ctx, other)
		if err != nil {
			return "", err
		}
		if at.After(last) {
			holder, last = other, at
		}
	}
	return holder, nil
}

// registeredAt returns when a connection last registered NinjaOne's webhook, zero if it never has.
func (c *Connector) registeredAt(ctx context.Context, name string) (time.Time, error) {
	state, err := c.store.ReconcileState(ctx, name)
	if err != nil || state.WebhookRegisteredAt == nil {
		return time.Time{}, err
	}
	return *state.WebhookRegisteredAt, nil
}

// takeOver records that a run of `connect` has registered NinjaOne's webhook, and says whose it was.
func (c *Connector) takeOver(ctx context.Context, run *run) error {
	if run.report.Webhooks.NinjaOne != flow.Registered {
		return nil
	}
	sharing, err := c.tenants.SharingWebhook(ctx, run.Name)
	if err != nil {
		return err
	}
	for _, other := range sharing {
		run.report.Warnings = append(run.report.Warnings, sharedToDo(run.Name, other, other))
	}
	state, err := c.store.ReconcileState(ctx, run.Name)
	if err != nil {
		return err
	}
	if state.WebhookGivenUpAt != nil {
		run.report.Warnings = append(run.report.Warnings, fmt.Sprintf("NinjaOne's webhook was registered again. Its events had stayed away since %s, most "+
			"likely because another tool that uses the same NinjaOne application keeps replacing it: if that tool still runs, it loses its events now, or "+
			"takes the webhook back. Give each an application of its own (Administration > Apps > API).", state.WebhookGivenUpAt.UTC().Format(time.RFC3339)))
	}
	return c.store.MarkWebhookChosen(ctx, run.Name, time.Now())
}

func heldBy(holder string) string {
	return fmt.Sprintf("not registered: it leads to connection %q, which uses the same NinjaOne application", holder)
}

// sharedToDo says what to do about two connections with the same application, of which one holds the webhook. About is the one that is told.
func sharedToDo(holder, other, about string) string {
	return fmt.Sprintf("Connections %[1]q and %[2]q use the same NinjaOne application, and NinjaOne has one webhook for it. It leads to %[1]q now; "+
		"alerts of %[2]q are only found by its reconciliations, a few minutes later. Give each connection an application of its own "+
		"(Administration > Apps > API), then run `%[3]s`.", holder, other, rules.Command(about, "connect"))
}
