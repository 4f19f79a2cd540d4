package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// sweepInterval is how often scheduled runs look for deleted records: it takes a page per thousand devices.
	sweepInterval = time.Hour
	// goneAtOnce bounds what one look hands to a workflow; the rest shows at the next.
	goneAtOnce = 500
)

// NinjaFindGoneInput asks for devices and organizations that NinjaOne no longer has.
type NinjaFindGoneInput struct {
	Connection string `json:"connection"`
	// Now looks even where somebody has looked a short while ago.
	Now bool `json:"now,omitempty"`
	// Approved lets a mass change through.
	Approved bool `json:"approved,omitempty"`
}

// NinjaFindGoneResult are the ids of those that are not marked as gone yet.
type NinjaFindGoneResult struct {
	Organizations []int `json:"organizations"`
	Devices       []int `json:"devices"`
	// Held is why some were left out.
	Held     string        `json:"held,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaFindGone looks through NinjaOne's lists for linked records that are no longer there, and asks for each by itself before
// it says so. Records that have come back lose their mark. A list that lacks too many at once means nothing until a person
// approves.
func (a *Activities) NinjaFindGone(ctx context.Context, in NinjaFindGoneInput) (NinjaFindGoneResult, error) {
	result, err := a.findGone(ctx, in)
	result.APICalls = apiCalls(ctx)
	return result, err
}

func (a *Activities) findGone(ctx context.Context, in NinjaFindGoneInput) (NinjaFindGoneResult, error) {
	result := NinjaFindGoneResult{Organizations: []int{}, Devices: []int{}}
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	state, err := a.store.ReconcileState(ctx, in.Connection)
	if err != nil || !in.Now && state.DeletionScanAt != nil && time.Since(*state.DeletionScanAt) < sweepInterval {
		return result, err
	}
	result.Organizations, err = a.gone(ctx, c, in.Approved, store.Organizations, listedOrganizations, organizationExists, &result.Held)
	if err != nil {
		return result, err
	}
	result.Devices, err = a.gone(ctx, c, in.Approved, store.Devices, listedDevices, deviceExists, &result.Held)
	if err != nil || result.Held != "" {
		return result, err
	}
	return result, a.store.MarkDeletionScan(ctx, in.Connection, time.Now())
}

// gone compares the linked records of a kind with NinjaOne's list.
func (a *Activities) gone(
	ctx context.Context, c tenant.Connection, approved bool, kind store.Kind,
	list func(context.Context, *ninjaone.Client) (map[int]bool, error), exists func(context.Context, *ninjaone.Client, int) error, held *string,
) ([]int, error) {
	linked, err := a.store.LinkedNinjaIDs(ctx, c.Name, kind)
	if err != nil || len(linked) == 0 {
		return []int{}, err
	}
	listed, err := list(ctx, c.NinjaOne)
	if err != nil {
		return nil, err
	}
	missing, present := []int{}, 0
	for id, marked := range linked {
		switch {
		case listed[id] && marked:
			err = a.store.MarkDeleted(ctx, store.KeyOf(c.Name, kind, id), false)
		case !listed[id] && !marked:
			missing = append(missing, id)
		}
		if err != nil {
			return nil, err
		}
		if !marked {
			present++
		}
	}
	if reason := heldBack(len(missing), present, "linked "+string(kind)+"s are no longer listed by NinjaOne"); reason != "" && !approved {
		*held = reason
		return []int{}, nil
	}
	slices.Sort(missing)
	return surelyGone(ctx, c.NinjaOne, missing[:min(len(missing), goneAtOnce)], exists)
}

// surelyGone leaves those that NinjaOne says it does not know; an error never means that.
func surelyGone(
	ctx context.Context, client *ninjaone.Client, ids []int, exists func(context.Context, *ninjaone.Client, int) error,
) ([]int, error) {
	gone := []int{}
	for _, id := range ids {
		err := exists(ctx, client, id)
		switch {
		case ninjaone.IsNotFound(err):
			gone = append(gone, id)
		case err != nil:
			return nil, err
		}
	}
	return gone, nil
}

func listedOrganizations(ctx context.Context, client *ninjaone.Client) (map[int]bool, error) {
	listed := map[int]bool{}
	for page, err := range client.Organizations(ctx, ninjaone.OrganizationQuery{}) {
		if err != nil {
			return nil, fmt.Errorf("read NinjaOne's organizations: %w", err)
		}
		for _, organization := range page {
			listed[organization.ID] = true
		}
	}
	return listed, nil
}

func organizationExists(ctx context.Context, client *ninjaone.Client, id int) error {
	_, err := client.Organization(ctx, id)
	return err
}

func listedDevices(ctx context.Context, client *ninjaone.Client) (map[int]bool, error) {
	listed := map[int]bool{}
	for page, err := range client.Devices(ctx, ninjaone.DeviceQuery{}) {
		if err != nil {
			return nil, fmt.Errorf("read NinjaOne's devices: %w", err)
		}
		for _, device := range page {
			listed[device.ID] = true
		}
	}
	return listed, nil
}

func deviceExists(ctx context.Context, client *ninjaone.Client, id int) error {
	_, err := client.Device(ctx, id)
	return err
}

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
		if err := a.markOneGone(ctx, c, store.KeyOf(c.Name, store.Devices, id), assetObject); err != nil {
			return result, err
		}
		result.Devices++
	}
	for _, id := range in.Organizations {
		if err := a.markOneGone(ctx, c, store.KeyOf(c.Name, store.Organizations, id), companyObject); err != nil {
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
		note := accelo.Note{
			AgainstType: object, AgainstID: accelo.ID(link.AcceloID), Subject: "No longer in NinjaOne: " + string(key.Kind) + " " + key.NinjaID,
			Body: "NinjaOne no longer has this " + string(key.Kind) + " (id " + key.NinjaID + ", " + strconv.Quote(goneName(link)) +
				"). Nothing was changed here: archive the " + c.Labels().For(key.Kind).Singular() + " when it is no longer needed.\n",
		}
		err := a.noteOnce(ctx, c, fmt.Sprintf("%s %s of %d gone", key.Kind, key.NinjaID, link.AcceloID), note)
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
