package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// AcceloMarkGoneInput tells which records NinjaOne no longer has.
type AcceloMarkGoneInput struct {
	Connection    string `json:"connection"`
	Organizations []int  `json:"organizations,omitempty"`
	Devices       []int  `json:"devices,omitempty"`
}

// AcceloMarkGoneResult counts what was noted.
type AcceloMarkGoneResult struct {
	Organizations int           `json:"organizations"`
	Devices       int           `json:"devices"`
	APICalls      flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloMarkGone notes on companies and assets that NinjaOne no longer has what they were made of, and marks their links. It
// deletes nothing: tickets and invoices hang on them.
func (a *Activities) AcceloMarkGone(ctx context.Context, in AcceloMarkGoneInput) (AcceloMarkGoneResult, error) {
	result, err := a.markGone(accelo.WithLane(ctx, accelo.Bulk), in)
	result.APICalls = apiCalls(ctx)
	return result, err
}

func (a *Activities) markGone(ctx context.Context, in AcceloMarkGoneInput) (AcceloMarkGoneResult, error) {
	var result AcceloMarkGoneResult
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	for _, id := range in.Devices {
		if err := a.markOneGone(ctx, c, store.KeyOf(c.Name, store.Devices, id), note.Asset); err != nil {
			return result, err
		}
		result.Devices++
	}
	for _, id := range in.Organizations {
		if err := a.markOneGone(ctx, c, store.KeyOf(c.Name, store.Organizations, id), note.Company); err != nil {
			return result, err
		}
		result.Organizations++
	}
	return result, nil
}

func (a *Activities) markOneGone(ctx context.Context, c tenant.Connection, key store.Key, object string) error {
	link, err := a.store.Link(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if link.State == store.Linked && link.AcceloID != 0 {
		removed := accelo.Note{
			AgainstType: object, AgainstID: accelo.ID(link.AcceloID), Subject: "No longer in NinjaOne: " + string(key.Kind) + " " + key.NinjaID,
			Body: "NinjaOne no longer has this " + string(key.Kind) + " (id " + key.NinjaID + ", " + strconv.Quote(goneName(link)) +
				"). Nothing was changed here: archive the " + c.Labels().For(key.Kind).Singular() + " when it is no longer needed.\n",
		}
		err := note.Once(ctx, a.store, c, fmt.Sprintf("%s %s of %d gone", key.Kind, key.NinjaID, link.AcceloID), removed)
		if err != nil && !accelo.IsInvalidRequest(err) { // the object itself may be gone too
			return err
		}
	}
	activity.GetLogger(ctx).Info("deleted in NinjaOne", "kind", key.Kind, "ninja_id", key.NinjaID, "accelo_id", link.AcceloID)
	return a.store.MarkDeleted(ctx, key, true)
}

func goneName(link store.Link) string {
	return cmp.Or(link.Facts.Name, link.Baseline[rules.TitleField].Ninja, link.MatchKey)
}
