package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

func (a *app) recreateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "recreate KIND NINJA_ID", Short: "Let a record be created again that somebody deleted in Accelo", Args: cobra.ExactArgs(2),
		Long: "Let a record be created again whose company or asset somebody deleted in Accelo.\n\n" +
			"Nothing is written to Accelo: the next import creates it. With an organization go its devices whose assets were deleted as well.",
		RunE: func(command *cobra.Command, arguments []string) error {
			return a.correct(command, arguments, a.recreate)
		},
	}
}

func (a *app) recreate(ctx context.Context, p *program.Program, key store.Key) (corrected, string, error) {
	also, err := a.surelyGone(ctx, p, key)
	if err != nil {
		return corrected{}, "", err
	}
	result, err := a.drop(ctx, p, key, "recreate")
	if err != nil {
		return corrected{}, "", err
	}
	for _, device := range also {
		if _, err := p.Store.Forget(ctx, device.Key(), actor("recreate")); err != nil && !errors.Is(err, store.ErrNotFound) {
			return corrected{}, "", err
		}
		result.Devices = append(result.Devices, device.NinjaID)
	}
	text := "The next `starter import` creates it again"
	if len(also) > 0 {
		text += fmt.Sprintf(", and what was deleted of %d of its devices", len(also))
	}
	return result, text + ".\n", nil
}

// surelyGone is an error unless the record's object is gone from Accelo, and was not merged into another one. With an organization it
// returns the devices whose assets are gone too.
func (a *app) surelyGone(ctx context.Context, p *program.Program, key store.Key) ([]store.Link, error) {
	if key.Kind == store.Alerts {
		return nil, nil // drop says what to do instead
	}
	link, err := p.Store.Link(ctx, key)
	if errors.Is(err, store.ErrNotFound) || err == nil && link.AcceloID == 0 {
		return nil, nil // and why there is nothing to do
	}
	if err != nil {
		return nil, err
	}
	c, err := a.connected(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := stillThere(ctx, c, link); err != nil || key.Kind != store.Organizations {
		return nil, err
	}
	return devicesGone(ctx, p, c, link)
}

// devicesGone are the linked devices of an organization whose assets are gone from Accelo.
func devicesGone(ctx context.Context, p *program.Program, c activities.Connection, organization store.Link) ([]store.Link, error) {
	devices, err := p.Store.LinkedDevices(ctx, organization.Connection, organization.OrganizationID)
	if err != nil || len(devices) == 0 {
		return nil, err
	}
	ids := make([]accelo.ID, len(devices))
	for i, device := range devices {
		ids[i] = accelo.ID(device.AcceloID)
	}
	found, err := c.Accelo.AssetsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look for the %s of organization %s: %w", c.Settings.Words().Asset.Many(), organization.NinjaID, err)
	}
	there := map[int64]bool{}
	for _, asset := range found {
		there[int64(asset.ID)] = true
	}
	return slices.DeleteFunc(devices, func(device store.Link) bool { return there[device.AcceloID] }), nil
}

// stillThere is an error where a link's object is in Accelo, or has become part of another one.
func stillThere(ctx context.Context, c activities.Connection, link store.Link) error {
	word := c.Settings.Words().Of(link.Kind).One()
	exists := fmt.Errorf("%s %d is still in Accelo: use `starter links forget` to match anew, or relink", word, link.AcceloID)
	if link.Kind == store.Devices {
		found, err := c.Accelo.AssetsByID(ctx, []accelo.ID{accelo.ID(link.AcceloID)})
		if len(found) > 0 {
			return exists
		}
		return err
	}
	found, err := c.Accelo.CompaniesByID(ctx, []accelo.ID{accelo.ID(link.AcceloID)})
	switch {
	case err != nil:
		return err
	case len(found) > 0:
		return exists
	case link.AffiliationID == 0:
		return nil
	}
	contacts, err := c.Accelo.AffiliationsByID(ctx, []accelo.ID{accelo.ID(link.AffiliationID)})
	if err == nil && len(contacts) > 0 && contacts[0].Company.ID != 0 && int64(contacts[0].Company.ID) != link.AcceloID {
		return fmt.Errorf("%s %d was merged into %d: the next `starter import` follows it there", word, link.AcceloID, contacts[0].Company.ID)
	}
	return err
}
