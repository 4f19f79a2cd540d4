package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// MarkDeleted adds a note to the companies and assets whose organization or device was deleted in NinjaOne, and marks their links. It
// deletes nothing: tickets and invoices depend on them. It returns how many records it marked, also if it fails halfway.
func (r *Reconciler) MarkDeleted(ctx context.Context, connection string, organizationIDs, deviceIDs []int) (organizations, devices int, err error) {
	c, err := r.Tenants.Ready(ctx, connection)
	if err != nil {
		return 0, 0, err
	}
	for _, id := range deviceIDs {
		if err := r.markOne(ctx, c, store.KeyOf(c.Name, store.Devices, id), note.Asset); err != nil {
			return organizations, devices, err
		}
		devices++
	}
	for _, id := range organizationIDs {
		if err := r.markOne(ctx, c, store.KeyOf(c.Name, store.Organizations, id), note.Company); err != nil {
			return organizations, devices, err
		}
		organizations++
	}
	return organizations, devices, nil
}

func (r *Reconciler) markOne(ctx context.Context, c tenant.Connection, key store.Key, object string) error {
	link, err := r.Store.Link(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if link.State == store.Linked && link.AcceloID != 0 {
		err := note.Once(ctx, r.Store, c, fmt.Sprintf("%s %s of %d gone", key.Kind, key.NinjaID, link.AcceloID), deletedNote(c, link, object))
		if err != nil && !accelo.IsInvalidRequest(err) { // the object itself may have been deleted too
			return err
		}
	}
	tenant.LoggerFrom(ctx).Info("deleted in NinjaOne", "kind", key.Kind, "ninja_id", key.NinjaID, "accelo_id", link.AcceloID)
	return r.Store.MarkDeleted(ctx, key, true)
}

func deletedNote(c tenant.Connection, link store.Link, object string) accelo.Note {
	const body = "NinjaOne no longer has this %s (id %s, %s). Nothing was changed in Accelo. Archive this %s if you no longer need it.\n"
	name := cmp.Or(link.Facts.Name, link.Baseline[rules.TitleField].Ninja, link.MatchKey)
	return accelo.Note{
		AgainstType: object, AgainstID: accelo.ID(link.AcceloID),
		Subject: fmt.Sprintf("Removed from NinjaOne: %s %s", link.Kind, link.NinjaID),
		Body:    fmt.Sprintf(body, link.Kind, link.NinjaID, strconv.Quote(name), c.Labels().For(link.Kind).Singular()),
	}
}
