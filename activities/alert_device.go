package activities

import (
	"context"
	"fmt"

	"ninjaone-accelo/clients/ninjaone"
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
	view := organizationView{organization: organizationRecord(read)}
	link, err := a.linkOrNil(ctx, store.KeyOf(c.Name, store.Organizations, in.OrganizationID))
	switch {
	case err != nil:
		return err
	case link != nil && link.State == store.Linked:
		view.link = link
		view.decision = rules.DecideCompany(view.organization, link.Baseline.Clone(), nil)
	default:
		companies, err := c.Accelo.FindCompaniesByName(ctx, view.organization.CompanyName())
		if err != nil {
			return fmt.Errorf("look for %s %q: %w", c.Labels().Company.Singular(), view.organization.CompanyName(), err)
		}
		view.decision = rules.DecideCompany(view.organization, nil, companyRecords(companies))
	}
	_, err = a.ensureCompany(ctx, c, "", view)
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
	view := deviceView{}
	if view.link, err = a.linkOrNil(ctx, key); err != nil {
		return 0, "", err
	}
	if view.link != nil && view.link.State != store.Linked {
		view.link = nil
	}
	read, err := c.NinjaOne.Device(ctx, alert.DeviceID)
	switch {
	case ninjaone.IsNotFound(err):
		return linkedAsset(view.link), "the device no longer exists in NinjaOne", nil
	case err != nil:
		return 0, "", fmt.Errorf("read device %d: %w", alert.DeviceID, err)
	case !imported(read):
		return linkedAsset(view.link), "the device waits for approval in NinjaOne and is not imported", nil
	}
	company, err := a.linkOrNil(ctx, store.KeyOf(c.Name, store.Organizations, read.OrganizationID))
	if err != nil {
		return 0, "", err
	}
	if company == nil || company.State != store.Linked {
		return linkedAsset(view.link), "the device's organization is not linked yet", nil
	}
	if view.device, err = a.alertDevice(ctx, c, read, *company, view.link); err != nil {
		return 0, "", err
	}
	if view.link == nil {
		if view.replaces, err = a.replacementOf(ctx, c.Name, view.device); err != nil {
			return 0, "", err
		}
		if view.asset, err = a.findFreeAsset(ctx, c, *company, view.device); err != nil {
			return 0, "", err
		}
	}
	outcome, err := a.syncDevice(ctx, c, "", *company, view)
	if err != nil && tenant.IsRecordError(err) && ctx.Err() == nil { // a choice for a person; the request is open, and gets the asset that there is
		in := AcceloSyncDevicesInput{Connection: c.Name, OrganizationID: read.OrganizationID}
		return linkedAsset(view.link), err.Error(), a.parkDevice(ctx, in, view.device, err)
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

// alertDevice is the record of a single device; the names of policies were stored by the last import, and so was the link of
// the legacy API, which is too slow to be asked for one device.
func (a *Activities) alertDevice(
	ctx context.Context, c tenant.Connection, read ninjaone.Device, company store.Link, known *store.Link,
) (rules.Device, error) {
	policies, err := a.store.Policies(ctx, c.Name)
	if err != nil {
		return rules.Device{}, err
	}
	_, direct := policies[read.PolicyID]
	_, ofRole := policies[read.RolePolicyID]
	if read.PolicyID != 0 && !direct || read.PolicyID == 0 && read.RolePolicyID != 0 && !ofRole {
		if policies, err = a.readPolicies(ctx, c); err != nil {
			return rules.Device{}, err
		}
	}
	device := deviceLookups{baseURL: c.NinjaOne.BaseURL(), policies: policies}.record(read)
	legacy := map[int]string{}
	if known != nil {
		legacy[read.ID] = known.Baseline[rules.RemoteControlField].Ninja
	}
	device.RemoteControl, err = a.remoteControlLink(ctx, c, device, company.Facts.TeamViewer, legacy)
	return device, err
}

// findFreeAsset looks for an asset to adopt for a device that has none.
func (a *Activities) findFreeAsset(ctx context.Context, c tenant.Connection, company store.Link, device rules.Device) (*rules.Asset, error) {
	if c.Settings.AssetType.ID == 0 {
		return nil, nil
	}
	return a.findCreatedAsset(ctx, c, company, device)
}
