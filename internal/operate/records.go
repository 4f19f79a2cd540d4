package operate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
)

// ParseKind reads a kind of record, named after either side.
func ParseKind(name string) (store.Kind, error) {
	switch strings.ToLower(name) {
	case "organization", "company":
		return store.Organizations, nil
	case "device", "asset":
		return store.Devices, nil
	case "alert", "request":
		return store.Alerts, nil
	case "contact":
		return store.Contacts, nil
	}
	return "", unknownKind(name)
}

func unknownKind(name string) error {
	return &InvalidError{Member: "kind", Reason: fmt.Sprintf("unknown record kind %q (use organization, device, alert or contact)", name)}
}

// Relink says which object of Accelo a record is linked to from now on.
type Relink struct {
	Key      store.Key
	AcceloID int64
}

// Relink links a record to another company, asset or request. Nothing is written to Accelo: the next sync compares both sides again.
func (o *Operator) Relink(ctx context.Context, actor Actor, in Relink) (corrections.Result, error) {
	if in.AcceloID <= 0 {
		return corrections.Result{}, &InvalidError{Member: "accelo_id", Reason: "accelo_id must be the number in the page's URL"}
	}
	return o.correct(ctx, actor, "relink", in.Key, func(ctx context.Context, c *corrections.Corrector) (corrections.Result, error) {
		return c.Relink(ctx, in.Key, in.AcceloID)
	})
}

// Unlink forgets a record's link, so that the next import matches the record again, or creates its object.
func (o *Operator) Unlink(ctx context.Context, actor Actor, key store.Key) (corrections.Result, error) {
	return o.correct(ctx, actor, "unlink", key, func(ctx context.Context, c *corrections.Corrector) (corrections.Result, error) {
		return c.Forget(ctx, key)
	})
}

// Recreate lets the next import create a company or asset again that was deleted in Accelo.
func (o *Operator) Recreate(ctx context.Context, actor Actor, key store.Key) (corrections.Result, error) {
	return o.correct(ctx, actor, "recreate", key, func(ctx context.Context, c *corrections.Corrector) (corrections.Result, error) {
		return c.Recreate(ctx, key)
	})
}

func (o *Operator) correct(
	ctx context.Context, actor Actor, action string, key store.Key,
	do func(context.Context, *corrections.Corrector) (corrections.Result, error),
) (corrections.Result, error) {
	ctx, err := o.begin(ctx, actor, Operating, key.Connection)
	if err != nil {
		return corrections.Result{}, err
	}
	result, err := do(audited(ctx, actor, key.Connection, action), corrections.New(o.store, o.connect, actor.String()))
	return result, correctionError(err)
}

// Synced says which workflow syncs a record.
type Synced struct{ WorkflowID string }

// SyncRecord syncs one record now: an organization or device by the import of its organization, an alert by comparing its request, or by
// the event that failed. A sync that is already running is left alone.
func (o *Operator) SyncRecord(ctx context.Context, actor Actor, key store.Key) (Synced, error) {
	ctx, err := o.begin(ctx, actor, Operating, key.Connection)
	if err != nil {
		return Synced{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return Synced{}, err
	}
	found, _, err := o.store.SearchLinks(ctx, key.Connection, store.LinkQuery{Kind: key.Kind, NinjaID: key.NinjaID, Limit: 1})
	if err != nil {
		return Synced{}, err
	}
	if len(found) == 0 {
		return Synced{}, unknownRecord(key)
	}
	if err := o.requireSync(ctx, key, found[0]); err != nil {
		return Synced{}, err
	}
	if err := o.note(ctx, entryOf(actor, key.Connection, "sync"), subjectOf(key), nil, nil); err != nil {
		return Synced{}, err
	}
	if key.Kind == store.Alerts {
		return syncAlert(ctx, launcher, o.store, key, found[0])
	}
	in := flow.ImportOrganizationInput{Connection: key.Connection, OrganizationID: found[0].OrganizationID}
	if in.OrganizationID == 0 { // the link of an organization or a contact may not say it twice
		if in.OrganizationID, err = strconv.Atoi(key.NinjaID); err != nil || key.Kind == store.Devices {
			return Synced{}, &ConflictError{Reason: fmt.Sprintf("the organization of %s %s is unknown; import all organizations", key.Kind, key.NinjaID)}
		}
	}
	_, err = launcher.ImportOrganization(ctx, in)
	var running *launch.RunningError
	if errors.As(err, &running) {
		err = nil
	}
	return Synced{WorkflowID: in.Execution().ID}, temporalError(err)
}

// requireSync refuses a sync that could do nothing because users have switched the organization off. A request that is open is followed.
func (o *Operator) requireSync(ctx context.Context, key store.Key, found store.FoundLink) error {
	id := found.OrganizationID
	if number, err := strconv.Atoi(key.NinjaID); err == nil && id == 0 && key.Kind != store.Devices {
		id = number
	}
	if key.Kind == store.Alerts && found.AcceloID != 0 {
		return nil
	}
	err := o.store.RequireSync(ctx, key.Connection, id)
	if errors.Is(err, store.ErrSwitchedOff) {
		return &ConflictError{Reason: fmt.Sprintf("the sync of organization %d is switched off; switch it on first", id), Err: err}
	}
	return err
}

func syncAlert(ctx context.Context, launcher *launch.Launcher, database *store.Store, key store.Key, found store.FoundLink) (Synced, error) {
	if found.Problem != "" {
		retried, err := launcher.Retry(ctx, database, key.Connection, launch.Selection{Alert: key.NinjaID})
		if err != nil || len(retried) > 0 {
			workflowID := ""
			if len(retried) > 0 {
				workflowID = retried[0].WorkflowID
			}
			return Synced{WorkflowID: workflowID}, temporalError(err)
		}
	}
	if found.AcceloID == 0 {
		return Synced{}, &ConflictError{Reason: fmt.Sprintf("alert %s has no request yet; the next reconciliation looks at it", key.NinjaID)}
	}
	in := flow.RequestClosedInput{Connection: key.Connection, RequestID: found.AcceloID, Compared: true}
	return Synced{WorkflowID: in.Execution().ID}, temporalError(launcher.RequestChanged(ctx, in))
}

func unknownRecord(key store.Key) error {
	return &NotFoundError{What: string(key.Kind), Reason: fmt.Sprintf("%s %s not found", key.Kind, key.NinjaID)}
}
