package activities

import (
	"context"
	"fmt"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// AcceloSyncAlertCompanyInput asks to sync the company of an alert's organization.
type AcceloSyncAlertCompanyInput struct {
	Connection     string      `json:"connection"`
	OrganizationID int         `json:"organization_id"`
	Alert          rules.Alert `json:"alert"`
}

// AcceloSyncAlertCompany makes sure that an organization that was never imported has its company, so that an alert has
// somewhere to go. An organization that is gone, or that Accelo refuses, parks the alert.
func (a *Activities) AcceloSyncAlertCompany(ctx context.Context, in AcceloSyncAlertCompanyInput) error {
	err := a.syncAlertCompany(ctx, in)
	if err == nil {
		return nil
	}
	return a.parkAlert(ctx, in.Connection, in.Alert, err)
}

func (a *Activities) syncAlertCompany(ctx context.Context, in AcceloSyncAlertCompanyInput) error {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return err
	}
	read, err := c.NinjaOne.Organization(ctx, in.OrganizationID)
	if ninjaone.IsNotFound(err) {
		return tenant.Refusef(tenant.Refused, "organization %d no longer exists in NinjaOne: there is no %s for its %s",
			in.OrganizationID, c.Labels().Company.Singular(), c.Labels().Request.Singular())
	}
	if err != nil {
		return fmt.Errorf("read organization %d: %w", in.OrganizationID, err)
	}
	view := company.State{Organization: company.Organization(read)}
	link, err := a.linkOrNil(ctx, store.KeyOf(c.Name, store.Organizations, in.OrganizationID))
	switch {
	case err != nil:
		return err
	case link != nil && link.State == store.Linked:
		view.Link = link
		view.Decision = rules.DecideCompany(view.Organization, link.Baseline.Clone(), nil)
	default:
		if view.Decision, err = company.Find(ctx, c, view.Organization); err != nil {
			return err
		}
	}
	_, err = a.companies.Ensure(ctx, c, "", view)
	return err
}

// AcceloSyncAlertDeviceInput asks to sync an alert's device and to link its asset to the request.
type AcceloSyncAlertDeviceInput struct {
	Connection string      `json:"connection"`
	Alert      rules.Alert `json:"alert"`
	// IncidentID is the incident whose request gets the asset; 0 syncs the device alone.
	IncidentID int64 `json:"incident_id,omitempty"`
}

// AcceloSyncAlertDeviceResult says in words what was done.
type AcceloSyncAlertDeviceResult struct {
	AssetID int64  `json:"asset_id,omitempty"`
	Text    string `json:"text"`
	// APICalls is what it cost.
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloSyncAlertDevice brings the device of an alert up to date with one read, and links its asset to the alert's request, or
// notes it there where the API refuses. It never stands in the way of the request: that exists by now.
func (a *Activities) AcceloSyncAlertDevice(ctx context.Context, in AcceloSyncAlertDeviceInput) (AcceloSyncAlertDeviceResult, error) {
	result, err := a.syncAlertDevice(ctx, in)
	result.APICalls = apiCalls(ctx)
	return result, err
}

func (a *Activities) syncAlertDevice(ctx context.Context, in AcceloSyncAlertDeviceInput) (AcceloSyncAlertDeviceResult, error) {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return AcceloSyncAlertDeviceResult{}, err
	}
	assetID, text, err := a.refreshDevice(ctx, c, in.Alert)
	result := AcceloSyncAlertDeviceResult{AssetID: assetID, Text: text}
	if err != nil || in.IncidentID == 0 {
		return result, err
	}
	incident, err := a.store.Incident(ctx, in.IncidentID)
	if err != nil {
		return result, err
	}
	linked, err := a.attachAsset(ctx, c, incident, assetID, in.Alert)
	result.Text += linked
	return result, err
}

// refreshDevice reads the device once and syncs its asset. The link says what was written last, so that an unchanged device
// costs nothing more.
func (a *Activities) refreshDevice(ctx context.Context, c tenant.Connection, alert rules.Alert) (assetID int64, text string, err error) {
	key := store.KeyOf(c.Name, store.Devices, alert.DeviceID)
	view := asset.State{}
	if view.Link, err = a.linkOrNil(ctx, key); err != nil {
		return 0, "", err
	}
	if view.Link != nil && view.Link.State != store.Linked {
		view.Link = nil
	}
	read, err := c.NinjaOne.Device(ctx, alert.DeviceID)
	switch {
	case ninjaone.IsNotFound(err):
		return linkedAsset(view.Link), "the device no longer exists in NinjaOne", nil
	case err != nil:
		return 0, "", fmt.Errorf("read device %d: %w", alert.DeviceID, err)
	case !asset.Approved(read):
		return linkedAsset(view.Link), "the device waits for approval in NinjaOne and is not imported", nil
	}
	organization, err := a.linkOrNil(ctx, store.KeyOf(c.Name, store.Organizations, read.OrganizationID))
	if err != nil {
		return 0, "", err
	}
	if organization == nil || organization.State != store.Linked {
		return linkedAsset(view.Link), "the device's organization is not linked yet", nil
	}
	if view.Device, err = a.devices.SingleDevice(ctx, c, read, *organization, view.Link); err != nil {
		return 0, "", err
	}
	if view.Link == nil {
		if view.Replaces, err = a.assets.ReplacementOf(ctx, c.Name, view.Device); err != nil {
			return 0, "", err
		}
		if view.Asset, err = a.assets.FindFree(ctx, c, *organization, view.Device); err != nil {
			return 0, "", err
		}
	}
	outcome, err := a.assets.Sync(ctx, c, "", *organization, view)
	if err != nil && tenant.IsRecordError(err) && ctx.Err() == nil { // a choice for a person; the request is open, and gets the asset that there is
		in := AcceloSyncDevicesInput{Connection: c.Name, OrganizationID: read.OrganizationID}
		return linkedAsset(view.Link), err.Error(), a.parkDevice(ctx, in, view.Device, err)
	}
	if err != nil {
		return 0, "", err
	}
	current, err := a.linkOrNil(ctx, key)
	return linkedAsset(current), fmt.Sprintf("device %s", outcome), err
}

func linkedAsset(link *store.Link) int64 {
	if link == nil || link.State != store.Linked {
		return 0
	}
	return link.AcceloID
}
