package ticket

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// SyncCompany gives an organization that was never imported its company, so that its alert can have a request. If the organization
// no longer exists or Accelo rejects it, the alert is recorded as failed.
func (s *Service) SyncCompany(ctx context.Context, connection string, organizationID int, alert rules.Alert) error {
	err := s.syncCompany(ctx, connection, organizationID)
	if err == nil || errors.Is(err, store.ErrSwitchedOff) { // Open says what that means for the alert
		return nil
	}
	return s.recordFailure(ctx, connection, alert, err)
}

func (s *Service) syncCompany(ctx context.Context, connection string, organizationID int) error {
	c, err := s.tenants.Ready(ctx, connection)
	if err != nil {
		return err
	}
	readAt := time.Now()
	read, err := c.NinjaOne.Organization(ctx, organizationID)
	if ninjaone.IsNotFound(err) {
		return tenant.Refusef(tenant.Refused, "organization %d no longer exists in NinjaOne, so its %s has no %s",
			organizationID, c.Labels().Request.Singular(), c.Labels().Company.Singular())
	}
	if err != nil {
		return fmt.Errorf("read organization %d: %w", organizationID, err)
	}
	state := company.State{Organization: company.SingleOrganization(read), ReadAt: readAt}
	link, err := s.linked(ctx, store.KeyOf(c.Name, store.Organizations, organizationID))
	if err != nil {
		return err
	}
	if link != nil && link.State == store.Linked {
		state.Link = link
		state.Decision = rules.DecideCompany(state.Organization, link.Baseline.Clone(), nil)
	}
	_, err = s.companies.Ensure(ctx, c, "", state)
	return err
}

// SyncDevice updates the asset of an alert's device with one read of the device and, unless incidentID is 0, links it to the
// incident's request. It returns the asset, 0 if there is none, and a clause that says what it did.
func (s *Service) SyncDevice(ctx context.Context, connection string, alert rules.Alert, incidentID int64) (assetID int64, text string, err error) {
	c, err := s.tenants.Ready(ctx, connection)
	if err != nil {
		return 0, "", err
	}
	assetID, text, err = s.refreshDevice(ctx, c, alert.DeviceID)
	if err != nil || incidentID == 0 {
		return assetID, text, err
	}
	attached, err := s.attach(ctx, c, incidentID, assetID, alert)
	return assetID, text + attached, err
}

// refreshDevice reads the device once and syncs its asset. The link says what was written last, so that an unchanged device costs
// no further call.
func (s *Service) refreshDevice(ctx context.Context, c tenant.Connection, deviceID int) (assetID int64, text string, err error) {
	key := store.KeyOf(c.Name, store.Devices, deviceID)
	state := asset.State{}
	if state.Link, err = s.linked(ctx, key); err != nil {
		return 0, "", err
	}
	if state.Link != nil && state.Link.State != store.Linked {
		state.Link = nil
	}
	state.ReadAt = time.Now()
	read, err := c.NinjaOne.Device(ctx, deviceID)
	switch {
	case ninjaone.IsNotFound(err):
		return assetOf(state.Link), "the device no longer exists in NinjaOne", nil
	case err != nil:
		return 0, "", fmt.Errorf("read device %d: %w", deviceID, err)
	case !asset.Approved(read):
		return assetOf(state.Link), "the device waits for approval in NinjaOne and isn't imported", nil
	}
	organization, err := s.linked(ctx, store.KeyOf(c.Name, store.Organizations, read.OrganizationID))
	if err != nil {
		return 0, "", err
	}
	if organization == nil || organization.State != store.Linked {
		return assetOf(state.Link), "the device's organization isn't linked yet", nil
	}
	if state.Device, err = s.devices.SingleDevice(ctx, c, read, *organization); err != nil {
		return 0, "", err
	}
	if state.Link == nil {
		if state.Replaces, err = s.assets.ReplacementOf(ctx, c.Name, state.Device); err != nil {
			return 0, "", err
		}
	}
	outcome, err := s.assets.Sync(ctx, c, "", *organization, state)
	if err != nil && tenant.IsRecordError(err) && ctx.Err() == nil { // the request is open; a user has to decide about the asset
		return assetOf(state.Link), err.Error(), s.recordDeviceFailure(ctx, c.Name, state.Device, err)
	}
	if err != nil {
		return 0, "", err
	}
	current, err := s.linked(ctx, key)
	return assetOf(current), fmt.Sprintf("device %s", outcome), err
}

func (s *Service) recordDeviceFailure(ctx context.Context, connection string, device rules.Device, cause error) error {
	tenant.LoggerFrom(ctx).Warn("device failed", "device_id", device.ID, "organization_id", device.OrganizationID, "error", cause)
	return s.store.RecordFailure(ctx, store.Failure{
		Connection: connection, Kind: store.Devices, NinjaID: strconv.Itoa(device.ID), OrganizationID: device.OrganizationID,
		Name: device.Title(), WorkflowID: flow.ImportOrganizationID(connection, device.OrganizationID), Error: cause.Error(),
	})
}

func assetOf(link *store.Link) int64 {
	if link == nil || link.State != store.Linked {
		return 0
	}
	return link.AcceloID
}
