package asset

import (
	"context"
	"errors"
	"strconv"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Service syncs assets. It is safe for concurrent use.
type Service struct {
	store     *store.Store
	tenants   *tenant.Provider
	companies *company.Service
}

// New returns a Service. Refresh is how old last_online and last_update may get before they alone cause a write.
func New(database *store.Store, tenants *tenant.Provider, companies *company.Service) *Service {
	return &Service{store: database, tenants: tenants, companies: companies}
}

// State is one device on both sides, as far as a comparison has seen them. It only nominates what to do: what Accelo shows right before a
// write decides.
type State struct {
	Device rules.Device
	// Link is the stored link, nil if the device is not linked.
	Link *store.Link
	// Asset is the linked asset or, without a link, the one to adopt. It is nil if there is none or it was not read.
	Asset *rules.Asset
	// Outcome is what the import has already recorded for the device.
	Outcome rules.Outcome
	// Place is where the asset belongs. It is zero if that is not known yet.
	Place rules.Place
	// Names are the names of the companies and contacts in its manual changes, as far as they were looked up.
	Names Names
	// Deleted means that the linked asset was deleted in Accelo.
	Deleted bool
	// Replaces are the devices that this one, which has no link, may have replaced.
	Replaces Replacement
	// ReadAt is when NinjaOne was asked for the device.
	ReadAt time.Time
	// Reread asks NinjaOne for the device again, in case it was synced with newer values meanwhile. It returns nil if that is no longer the
	// organization's device. It is nil if the device was read alone, right before.
	Reread func(ctx context.Context, link store.Link) (*rules.Device, error)
	// Evidence is shared by the devices of a batch, which were compared with a listing. Without it, Accelo is searched for the asset to adopt.
	Evidence *Evidence
}

// Sync creates or updates the asset of one device, and returns what the import did with it. The import ID is empty outside
// imports. It returns rules.SwitchedOff if users have switched the organization off, even if they do so meanwhile.
func (s *Service) Sync(ctx context.Context, c tenant.Connection, importID string, company store.Link, state State) (rules.Outcome, error) {
	outcome, err := s.sync(ctx, c, importID, company, state)
	if errors.Is(err, store.ErrSwitchedOff) {
		return rules.SwitchedOff, nil
	}
	return outcome, err
}

func (s *Service) sync(ctx context.Context, c tenant.Connection, importID string, company store.Link, state State) (rules.Outcome, error) {
	if err := s.store.RequireSync(ctx, c.Name, company.OrganizationID); err != nil {
		return rules.Failed, err
	}
	if state.Deleted {
		return rules.Failed, Gone(c, *state.Link)
	}
	if state.Link == nil && state.Replaces.Possible() {
		var err error
		if state, err = s.settleReplacement(ctx, c, importID, state); err != nil {
			return rules.Failed, err
		}
	}
	if state.Link == nil && !c.CanCreateAssets() {
		adopts, err := s.canAdopt(ctx, c, company, state)
		switch {
		case err != nil:
			return rules.Failed, err
		case !adopts:
			return rules.Waiting, s.wait(ctx, c, company, state)
		}
	}
	link, linked, made, err := s.ensure(ctx, c, importID, &company, state)
	switch {
	case errors.Is(err, errCannotCreate):
		return rules.Waiting, s.wait(ctx, c, company, state)
	case accelo.IsUnrecognizedEndpoint(err) && state.Link == nil:
		return rules.Waiting, errors.Join(s.tenants.Learn(ctx, c.Name, tenant.CreateAssets, false), s.wait(ctx, c, company, state))
	case err != nil:
		return rules.Failed, err
	}
	if linked {
		state.Asset = made // not the listed one, if any: what was linked is in the link, unless someone has changed it since its creation
	}
	if link.NewerThan(state.ReadAt) {
		newer, err := state.newer(ctx, link)
		if err != nil || newer == nil {
			return link.OutcomeIn(importID), err
		}
		state = *newer
	}
	state.Place = PlaceIn(company)
	if state.Evidence == nil {
		state.Evidence = s.NewEvidence(c, importID)
	}
	if err := s.update(ctx, c, importID, company, state, &link); err != nil {
		return rules.Failed, ExplainRejection(ctx, c, link, err)
	}
	return link.OutcomeIn(importID), nil
}

// newer returns the state with the device as it is in NinjaOne now. It returns nil if another sync has already read that.
func (s State) newer(ctx context.Context, link store.Link) (*State, error) {
	if s.Reread == nil {
		return nil, nil
	}
	began := time.Now()
	device, err := s.Reread(ctx, link)
	if err != nil || device == nil {
		return nil, err
	}
	s.Device, s.ReadAt, s.Link = *device, began, &link
	return &s, nil
}

// canAdopt reports whether there may be an asset for a device that waits. The devices of a batch have been compared with a listing.
func (s *Service) canAdopt(ctx context.Context, c tenant.Connection, company store.Link, state State) (bool, error) {
	if state.Asset == nil && state.Evidence == nil {
		found, err := s.search(ctx, c, company, state.Device)
		return found != nil, err
	}
	return state.Asset != nil, nil
}

// wait records that a device waits for its asset, which the API can't create.
func (s *Service) wait(ctx context.Context, c tenant.Connection, company store.Link, state State) error {
	return s.store.MarkWaiting(ctx, store.Link{
		Connection: c.Name, Kind: store.Devices, NinjaID: strconv.Itoa(state.Device.ID), OrganizationID: state.Device.OrganizationID,
		MatchKey: matchKey(company.AcceloID, state.Device), CompanyID: company.AcceloID,
	})
}

// PlaceIn returns where the assets of an organization's devices belong.
func PlaceIn(company store.Link) rules.Place {
	return rules.Place{Company: company.AcceloID, Affiliation: company.Contact()}
}

// Record converts an asset of Accelo. An asset of anything but a company has no company here, so it is never adopted.
func Record(asset accelo.Asset) rules.Asset {
	record := rules.Asset{
		ID: int64(asset.ID), Title: rules.CleanText(asset.Title), CompanyID: int64(asset.CompanyID()),
		Affiliation: int64(asset.AffiliationID), Standing: asset.Standing,
	}
	if asset.WithoutPlace {
		record.Missing = append(record.Missing, rules.CompanyField)
	}
	if asset.WithoutAffiliation {
		record.Missing = append(record.Missing, rules.AffiliationField)
	}
	return record
}

// matchKey is equal for devices whose assets can't be told apart: same company, same title.
func matchKey(companyID int64, device rules.Device) string {
	return rules.AssetMatchKey(companyID, device.Title())
}
