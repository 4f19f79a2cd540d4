package operate

import (
	"context"
	"encoding/json"
	"fmt"

	"ninjaone-accelo/internal/store"
)

func entryOf(actor Actor, connection, action string) store.AuditEntry {
	return store.AuditEntry{
		About: connection, Actor: actor.Name, Surface: actor.Surface, Role: actor.Role.String(), Action: action,
	}
}

// audited makes what the store changes in the context write its audit entry in the same transaction.
func audited(ctx context.Context, actor Actor, connection, action string) context.Context {
	return store.WithAudit(ctx, entryOf(actor, connection, action))
}

// note writes the audit entry of what is about to be started in Temporal. The values encode as JSON; nil is none.
func (o *Operator) note(ctx context.Context, entry store.AuditEntry, subject string, before, after any) error {
	entry.Subject = subject
	var err error
	if entry.Before, err = json.Marshal(before); err != nil {
		return fmt.Errorf("encode the audit entry: %w", err)
	}
	if entry.After, err = json.Marshal(after); err != nil {
		return fmt.Errorf("encode the audit entry: %w", err)
	}
	return o.store.AppendAudit(ctx, entry)
}

func subjectOf(key store.Key) string { return fmt.Sprintf("%s %s", key.Kind, key.NinjaID) }
